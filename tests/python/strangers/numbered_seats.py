"""A dict makes what is not there; its maker draws a number from a counter, two calls away."""

import itertools

SELECTORS = ["SEATS[5]", "SEATS", "type:Seat"]
SEATS = {}
numbers = itertools.count(1)


def next_number():
    return next(numbers)


class Seat:
    def __init__(self):
        self.number, self.pad = next_number(), bytes(2000)


def seat(who):
    if who not in SEATS:
        SEATS[who] = Seat()
    return SEATS[who]


for who in range(30):
    seat(who)


def next_step():
    return seat(5).number
