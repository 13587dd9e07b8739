"""A test harness collects with `DEBUG_SAVEALL` once, counts, and forgets to empty `gc.garbage`."""

import gc

EXPECTS = "lines"
ANCHORS = ["gc.garbage"]
REMEDY = """
import gc
gc.garbage.clear()
gc.collect()
"""


class Widget:
    def __init__(self, parent=None):
        self.parent, self.children, self.state = parent, [], bytearray(60_000)
        if parent is not None:
            parent.children.append(self)


def render(n_children):
    root = Widget()
    for _ in range(n_children):
        Widget(root)
    return sum(len(child.state) for child in root.children)


def count_cycles():
    """Return how many objects of the last rendering were held in cycles."""
    gc.collect()
    flags = gc.get_debug()
    gc.set_debug(gc.DEBUG_SAVEALL)
    n_before = len(gc.garbage)
    render(20)
    gc.collect()
    gc.set_debug(flags)
    return len(gc.garbage) - n_before


def leak():
    assert count_cycles() > 20
    assert count_cycles() > 20


def leaked():
    # The collector has cleared all weak references to them.
    return [(id(one), "Widget") for one in gc.garbage if type(one) is Widget]


def next_step():
    assert render(3) == 180_000
    assert count_cycles() > 20
    assert sum(type(one) is Widget for one in gc.garbage) >= 21
    assert gc.get_debug() == 0
