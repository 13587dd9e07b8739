"""A dict makes what is not there, and another function spends what the entry allows."""

SELECTORS = ["LIMITS[5]", "LIMITS", "type:Limit"]
LIMITS = {}


class Limit:
    def __init__(self):
        self.left, self.pad = 3, bytes(2000)


def limit(address):
    if address not in LIMITS:
        LIMITS[address] = Limit()
    return LIMITS[address]


def spend(entry):
    if entry.left == 0:
        return False
    entry.left -= 1
    return True


def request(address):
    return "200" if spend(limit(address)) else "429"


for address in range(30):
    for _ in range(3):
        request(address)


def next_step():
    return request(5)
