"""Readers are generators of which only the head was wanted; each still has its file's text in a local."""

import weakref

EXPECTS = "words"
ANCHORS = ["READERS"]
REMEDY = """
for reader in READERS.values():
    reader.close()
del reader
"""
READERS = {}
SEEN = []


class Text:
    def __init__(self, name):
        self.lines = [f"{name}, line {n}: " + "x" * 60 for n in range(700)]


def read(name):
    text = Text(name)
    SEEN.append(weakref.ref(text))
    for line in text.lines:
        yield line


def head(name):
    reader = READERS.get(name)
    if reader is None:
        reader = READERS[name] = read(name)
    return next(reader, None)


def leak():
    for number in range(30):
        head(f"file-{number}")


def leaked():
    return SEEN[:30]


def next_step():
    n_readers = len(READERS)
    name = f"next-{n_readers}"
    assert head(name).startswith(f"{name}, line 0")
    assert head(name).startswith(f"{name}, line 1")
    assert len(READERS) == n_readers + 1
    assert sum(1 for _ in READERS[name]) == 698
    assert head(name) is None
    assert head("file-3") is None or head("file-3").startswith("file-3, line")
