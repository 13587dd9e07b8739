"""`weakref.finalize` is given a bound method of the very object: it never dies."""

import tempfile
import weakref
from pathlib import Path

EXPECTS = "words"
ANCHORS = ["finalize"]
REMEDY = """
import weakref
for finalizer, info in list(weakref.finalize._registry.items()):
    if getattr(info.func, "__qualname__", "") == "Scratch.remove":
        finalizer.detach()
del finalizer, info
"""
SEEN = []
REMOVED = []


class Scratch:
    def __init__(self, name):
        self.name = name
        self.buffer = bytearray(100_000)
        weakref.finalize(self, self.remove)
        SEEN.append(weakref.ref(self))

    def remove(self):
        REMOVED.append(self.name)


class Session:
    """Does it right: the finalizer knows the name alone."""

    def __init__(self, name):
        weakref.finalize(self, REMOVED.append, name).atexit = False


KEEP = Session("kept")
FOLDER = tempfile.TemporaryDirectory()


def work(name):
    scratch = Scratch(name)
    scratch.buffer[:4] = b"data"
    return len(scratch.buffer)


def leak():
    for number in range(30):
        work(f"scratch-{number}")


def leaked():
    return [ref for ref in SEEN if ref() is not None]


def next_step():
    assert work("next") == 100_000
    session = Session("short")
    del session
    assert REMOVED.pop() == "short"
    assert "kept" not in REMOVED
    assert Path(FOLDER.name).is_dir()
    other = tempfile.TemporaryDirectory()
    path = Path(other.name)
    del other
    assert not path.exists()
    assert FOLDER._finalizer.alive
