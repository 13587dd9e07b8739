"""A catalog refers weakly to parts that a list keeps alive, which has grown; the code asks the catalog."""

import weakref

EXPECTS = "words"
ANCHORS = ["KEPT"]
REMEDY = """
KEPT[:] = [part for part in KEPT if part.name == "base"]
"""
KEPT = []
CATALOG = weakref.WeakValueDictionary()


class Part:
    def __init__(self, name):
        self.name, self.drawing = name, bytearray(50_000)


def make(name):
    part = CATALOG[name] = Part(name)
    KEPT.append(part)


def weigh(name):
    return len(CATALOG[name].drawing)


def leak():
    make("base")
    for number in range(30):
        make(f"variant {number}")


def leaked():
    return [weakref.ref(part) for part in list(eval("CATALOG").values()) if part.name != "base"]


def next_step():
    assert weigh("base") == 50_000
    make("late")
    assert weigh("late") == 50_000
