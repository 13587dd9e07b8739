"""A cache made by hand on an OrderedDict; its limit counts entries, and nobody thought of their size."""

import weakref
from collections import OrderedDict

EXPECTS = "lines"
ANCHORS = ["_entries"]
REMEDY = "TILES._entries.clear()"


class Tile:
    def __init__(self, key):
        self.key, self.pixels = key, bytearray(50_000)


class LRU:
    def __init__(self, limit):
        self.limit = limit
        self._entries = OrderedDict()

    def get(self, key, make):
        if key in self._entries:
            self._entries.move_to_end(key)
            return self._entries[key]
        value = self._entries[key] = make(key)
        while len(self._entries) > self.limit:
            self._entries.popitem(last=False)
        return value


TILES = LRU(limit=60)


def draw(x, y):
    return TILES.get((x, y), Tile).key


def leak():
    for x in range(10):
        for y in range(7):
            draw(x, y)


def leaked():
    return [weakref.ref(tile) for tile in eval("TILES._entries").values()]


def next_step():
    assert draw(100, 1) == (100, 1)
    first = TILES.get((100, 1), Tile)
    for y in range(59):
        draw(200, y)
    assert TILES.get((100, 1), Tile) is first
    assert len(TILES._entries) == 60
    draw(300, 1)
    assert (200, 0) not in eval("TILES._entries")
    assert (100, 1) in eval("TILES._entries")
