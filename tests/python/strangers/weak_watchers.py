"""A list keeps weak references whose callbacks tell that something is closed."""

import weakref

SELECTORS = ["REFERENCES", "REFERENCES[3]"]


class Value:
    def __init__(self, number):
        self.number, self.pad = number, bytearray(2000)


LIVE, REFERENCES, CLOSED = {}, [], []


def closed(key):
    def note(_):
        CLOSED.append(key)

    return note


def watch(key):
    LIVE[key] = value = Value(key)
    REFERENCES.append(weakref.ref(value, closed(key)))


for number in range(20):
    watch(number)


def next_step():
    del LIVE[3]
    return list(CLOSED)
