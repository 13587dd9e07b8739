"""A rate is the difference to the last time."""

SELECTORS = ["LAST[3]", "LAST", "type:Value"]


class Value:
    def __init__(self, number):
        self.number, self.pad = number, bytearray(2000)


LAST = {}


def rate(key, now):
    before = LAST.get(key)
    LAST[key] = Value(now)
    return None if before is None else now - before.number


for number in range(60):
    rate(number % 20, number)


def next_step():
    return rate(3, 70)
