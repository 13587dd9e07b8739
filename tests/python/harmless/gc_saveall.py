"""Somebody looked for a leak with `DEBUG_SAVEALL` and left it on: the collector keeps all that it finds."""

import gc

EXPECTS = "lines"
MAY_CHANGE = ["gc.debug"]
ANCHORS = ["gc.garbage"]
REMEDY = """
import gc
gc.set_debug(gc.get_debug() & ~gc.DEBUG_SAVEALL)
gc.garbage.clear()
gc.collect()
"""
# The lines switch the flag off.
FALSE_WORDS = ["stay in gc.garbage"]


class Order:
    def __init__(self, number):
        self.number = number
        self.lines = [{"order": self, "text": "x" * 20_000 + str(n)} for n in range(5)]


def place(number):
    return len(Order(number).lines)


def leak():
    gc.collect()
    gc.set_debug(gc.DEBUG_SAVEALL)
    for number in range(30):
        place(number)
    gc.collect()


def leaked():
    # The collector has cleared all weak references to them.
    return [(id(one), "Order") for one in gc.garbage if type(one) is Order]


def next_step():
    gc.collect()
    n_garbage = len(gc.garbage)
    assert place(500) + place(501) == 10
    gc.collect()
    saves = bool(gc.get_debug() & gc.DEBUG_SAVEALL)
    assert (len(gc.garbage) > n_garbage) == saves
    assert saves or not any(type(one) is Order and one.number >= 500 for one in gc.garbage)
