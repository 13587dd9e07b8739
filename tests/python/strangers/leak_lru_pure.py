"""A cached function gives the same each time."""

import functools

SELECTORS = ["table"]
EXPECT_LINES = True


@functools.lru_cache(maxsize=None)
def table(size):
    return tuple(tuple(row * column for column in range(size)) for row in range(size))


def corner(size):
    return table(size)[-1][-1]


for size in range(1, 40):
    corner(size)


def next_step():
    return corner(7), corner(41)
