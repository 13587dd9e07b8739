"""A list of weak references beside the list that keeps what they refer to."""

import weakref

SELECTORS = ["OPEN[5]", "OPEN", "type:View"]
OPEN, REFERENCES = [], []


class View:
    def __init__(self, number):
        self.number, self.pixels = number, bytes(2000)


def open_view(number):
    view = View(number)
    OPEN.append(view)
    REFERENCES.append(weakref.ref(view))


def redraw():
    return [one().number for one in REFERENCES if one() is not None]


for number in range(20):
    open_view(number)


def next_step():
    return redraw()
