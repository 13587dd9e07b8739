"""A registry in an instance attribute whose entries have lists that grow."""

SELECTORS = ["sessions._by_id['s3']", "sessions._by_id", "type:Session"]


class Session:
    def __init__(self, key):
        self.key, self.cart = key, []

    def buy(self, item):
        self.cart.append(item)
        return list(self.cart)


class Sessions:
    def __init__(self):
        self._by_id = {}

    def get(self, key):
        if key not in self._by_id:
            self._by_id[key] = Session(key)
        return self._by_id[key]


sessions = Sessions()


def handle(key, item):
    return sessions.get(key).buy(item)


for number in range(20):
    handle(f"s{number}", "book")


def next_step():
    return handle("s3", "pen")
