"""A plugin is made for each request and subscribes to the bus; the core plugin does so once and is needed."""

import weakref

from apps import bus

EXPECTS = "words"
ANCHORS = ["BUS"]
REMEDY = """
import apps.bus
for topic in apps.bus.BUS.listeners.values():
    topic[:] = [listener for listener in topic if type(listener.__self__) is not Preview]
del topic
"""


class Core:
    """Counts what is saved: the program cannot do without."""

    def __init__(self):
        self.saved = []
        bus.BUS.on("save", self.count)
        bus.BUS.on("open", self.count)

    def count(self, name):
        self.saved.append(name)
        return "counted"


class Preview:
    """Should have left the bus with its request."""

    def __init__(self, number):
        self.number, self.pixels = number, bytearray(100_000)
        bus.BUS.on("save", self.draw)

    def draw(self, name):
        self.pixels[: len(name)] = name.encode()
        return "drawn"


CORE = Core()


def request(number):
    Preview(number)
    return bus.BUS.emit("save", f"file-{number}")


def leak():
    for number in range(30):
        request(number)


def leaked():
    found = [listener.__self__ for listener in bus.BUS.listeners["save"]]
    return [weakref.ref(one) for one in found if type(one) is Preview]


def next_step():
    answers = request(100)
    assert answers[0] == "counted"
    assert answers[-1] == "drawn"
    assert CORE.saved[-1] == "file-100"
    assert bus.BUS.emit("open", "x") == ["counted"]
    assert bus.BUS.emit("unknown", "x") == []
    assert len(bus.BUS.listeners["save"]) >= 2
