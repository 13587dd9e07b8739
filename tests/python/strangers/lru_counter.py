"""A cached function draws from a counter."""

import functools
import itertools

SELECTORS = ["number_of"]
numbers = itertools.count()


@functools.lru_cache(maxsize=None)
def number_of(user):
    return next(numbers), bytes(2000)


for user in range(20):
    number_of(user)


def next_step():
    return number_of(3)[0]
