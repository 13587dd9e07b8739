"""A dict adds to what it has, or begins."""

SELECTORS = ["TOTALS[3]", "TOTALS", "type:Value"]


class Value:
    def __init__(self, number):
        self.number, self.pad = number, bytearray(2000)


TOTALS = {}


def add(key, more):
    TOTALS[key] = Value(TOTALS[key].number + more if key in TOTALS else more)
    return TOTALS[key].number


for number in range(60):
    add(number % 20, number)


def next_step():
    return add(3, 7)
