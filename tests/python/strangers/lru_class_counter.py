"""Objects of a cached function count themselves in their class."""

import functools

SELECTORS = ["get", "type:Numbered"]


class Numbered:
    made = 0

    def __init__(self):
        type(self).made += 1
        self.number, self.pad = self.made, bytearray(2000)


@functools.lru_cache(maxsize=None)
def get(key):
    return Numbered()


for number in range(20):
    get(number)


def next_step():
    return get(3).number
