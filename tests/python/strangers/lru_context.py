"""A cached function reads a context variable, which is another since."""

import contextvars
import functools

SELECTORS = ["get", "type:Value"]


class Value:
    def __init__(self, number):
        self.number, self.pad = number, bytearray(2000)


TENANT = contextvars.ContextVar("tenant", default="a")


@functools.lru_cache(maxsize=None)
def get(key):
    return Value(TENANT.get())


for number in range(20):
    get(number)
TENANT.set("b")


def next_step():
    return get(3).number
