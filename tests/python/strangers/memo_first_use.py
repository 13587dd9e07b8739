"""What is asked for the first time is charged."""

SELECTORS = ["KNOWN[3]", "KNOWN", "type:Value"]


class Value:
    def __init__(self, number):
        self.number, self.pad = number, bytearray(2000)


KNOWN, CHARGED = {}, []


def charge(key):
    CHARGED.append(key)


def use(key):
    if key not in KNOWN:
        KNOWN[key] = Value(key)
        charge(key)
    return KNOWN[key].number


for number in range(20):
    use(number)


def next_step():
    return use(3), CHARGED[-1]
