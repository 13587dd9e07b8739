"""A cached function takes the next colour from an object."""

import functools

SELECTORS = ["colour"]


class Palette:
    def __init__(self):
        self.position = 0

    def next_one(self):
        self.position += 1
        return f"colour {self.position}" * 100


palette = Palette()


@functools.lru_cache(maxsize=None)
def colour(series):
    return palette.next_one()


for number in range(20):
    colour(number)


def next_step():
    return colour(3)
