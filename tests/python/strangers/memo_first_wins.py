"""Whoever comes first has the seat: who it was is not in the key."""

SELECTORS = ["OWNERS[3]", "OWNERS", "type:Value"]


class Value:
    def __init__(self, number):
        self.number, self.pad = number, bytearray(2000)


OWNERS = {}


def claim(seat, who):
    if seat not in OWNERS:
        OWNERS[seat] = Value(who)
    return OWNERS[seat].number


for number in range(20):
    claim(number, f"user {number}")


def next_step():
    return claim(3, "mallory")
