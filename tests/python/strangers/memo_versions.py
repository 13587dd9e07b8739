"""The number of a version is one more than that of the last."""

SELECTORS = ["VERSIONS[3]", "VERSIONS", "type:Value"]


class Value:
    def __init__(self, number):
        self.number, self.pad = number, bytearray(2000)


VERSIONS = {}


def save(key):
    last = VERSIONS[key] if key in VERSIONS else None
    VERSIONS[key] = Value(last.number + 1 if last else 1)
    return VERSIONS[key].number


for number in range(60):
    save(number % 20)


def next_step():
    return save(3)
