"""Context managers that were entered, whose `finally` runs when they go."""

import contextlib

SELECTORS = ["ENTERED[5]", "ENTERED", "type:_GeneratorContextManager"]
FLAGS, ENTERED = set(), []


@contextlib.contextmanager
def feature(name):
    pad = bytes(2000)
    FLAGS.add(name)
    try:
        yield pad
    finally:
        FLAGS.discard(name)


def enable(name):
    manager = feature(name)
    manager.__enter__()
    ENTERED.append(manager)


for number in range(20):
    enable(f"f{number}")


def next_step():
    return "f5" in FLAGS
