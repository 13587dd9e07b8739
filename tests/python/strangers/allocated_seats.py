"""A dict makes what is not there; its maker calls an object that counts."""

SELECTORS = ["SEATS[3]", "SEATS", "type:Seat"]
SEATS = {}


class Allocator:
    def __init__(self):
        self.last = 0

    def __call__(self):
        self.last += 1
        return self.last


allocate = Allocator()


class Seat:
    def __init__(self):
        self.number, self.pad = allocate(), bytes(1000)


def seat(who):
    if who not in SEATS:
        SEATS[who] = Seat()
    return SEATS[who]


for who in range(30):
    seat(who)


def next_step():
    return seat(3).number
