"""A session is made anew with one item more each time."""

SELECTORS = ["SESSIONS[3]", "SESSIONS", "type:Session"]
SESSIONS = {}


class Session:
    def __init__(self, items):
        self.items, self.pad = items, bytearray(2000)


def request(key, item):
    session = SESSIONS.get(key)
    session = SESSIONS[key] = Session((session.items if session else ()) + (item,))
    return len(session.items)


for number in range(60):
    request(number % 20, number)


def next_step():
    return request(3, "more")
