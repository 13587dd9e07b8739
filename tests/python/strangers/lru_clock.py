"""A cached function looks at the clock."""

import functools
import time

SELECTORS = ["started"]
SEEN = {}


@functools.lru_cache(maxsize=None)
def started(name):
    return time.perf_counter(), "x" * 5000


def register(name):
    SEEN[name] = started(name)[0]


def is_same(name):
    return SEEN[name] == started(name)[0]


for name in range(20):
    register(name)


def next_step():
    return is_same(3)
