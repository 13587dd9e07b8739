"""Dumps itself while allocations are traced; prints what `tracemalloc` says and what a dump leaves behind."""

from __future__ import annotations

import gc
import json
import sys
import tracemalloc

import heapview

try:
    import numpy
except ImportError:
    numpy = None

path = sys.argv[1]


class Point:
    def __init__(self, x):
        self.x = x


class Slotted:
    __slots__ = ("x",)

    def __init__(self, x):
        self.x = x


class Text(str):
    pass


def make(kind):
    return KINDS[kind]()


KINDS = {
    "list": lambda: [1, 2, 3],
    "instance": lambda: Point(path),
    "slotted": lambda: Slotted(path),
    "str": lambda: "".join(["a", "b", str(len(path))]),
    "text": lambda: Text("text"),
    "class": lambda: type("Made", (), {}),
    "bytes": lambda: bytes(1000),
    "int": lambda: 10 ** len(path),
    "tuple": lambda: tuple([1, path]),
    "dict": lambda: {"key": path},
    "closure": lambda: lambda: path,
    "generator": lambda: (letter for letter in path),
    "exception": lambda: ValueError(path),
}
if numpy is not None:
    KINDS["array"] = lambda: numpy.arange(100_000.0)

# Blocks from before the tracing began must not come out of CPython's free lists.
used_up = [[[], (index, index), {index: index}, float(index), str(index)] for index in range(200)]
made = {kind: make(kind) for kind in KINDS}
LINES = {kind: function.__code__.co_firstlineno for kind, function in KINDS.items()}

sample = {id(one): one for one in gc.get_objects()}
for one in list(sample.values())[::7]:
    sample.update((id(referent), referent) for referent in gc.get_referents(one)[:20])

heapview.heapdump(path)
del one

said = {}
for address, one in sample.items():
    traceback = tracemalloc.get_object_traceback(one)
    if traceback is not None:
        said[address] = [(frame.filename, frame.lineno) for frame in traceback][::-1]
untraced = [address for address in sample if address not in said]

# What a dump leaves behind, once CPython's free lists are full.
other = path + ".other"
blocks = [0] * 6
for turn in range(6):
    heapview.heapdump(other)
    blocks[turn] = sys.getallocatedblocks()

# A collection empties the free lists: the next tuples are new objects, each of which may start another.
phases = []
gc.callbacks.append(lambda phase, info: phases.append(phase))
gc.collect()
phases.clear()
gc.set_threshold(4)
heapview.heapdump(other)
n_collections = phases.count("stop")
gc.set_threshold(0)

gc.disable()
heapview.heapdump(other)
was_enabled = gc.isenabled()
gc.enable()
heapview.heapdump(other)

print(
    json.dumps(
        {
            "path": path,
            "file": __file__,
            "made": {kind: id(one) for kind, one in made.items()},
            "lines": LINES,
            "make_line": make.__code__.co_firstlineno + 1,
            "said": said,
            "untraced": untraced,
            "blocks": blocks,
            "n_collections": n_collections,
            "is_enabled": [was_enabled, gc.isenabled()],
            "n_types": len({type(sample[address]).__name__ for address in said}),
        }
    )
)
