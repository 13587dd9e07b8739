"""A method with `lru_cache` keeps every instance that it was called on."""

import functools
import weakref

EXPECTS = "lines"
ANCHORS = ["parsed", "lru_cache"]
REMEDY = "Document.parsed.cache_clear()"
SEEN = []


class Document:
    def __init__(self, number):
        self.number = number
        self.text = f"{number} " * 20_000
        SEEN.append(weakref.ref(self))

    @functools.lru_cache(maxsize=None)
    def parsed(self, separator=" "):
        return self.text.split(separator)[:-1]

    @classmethod
    def load(cls, number):
        return cls(number)


def serve(number):
    document = Document.load(number)
    return len(document.parsed()), document.parsed()[0]


def leak():
    for number in range(30):
        serve(number)


def leaked():
    return [ref for ref in SEEN if ref() is not None]


def next_step():
    assert serve(77) == (20_000, "77")
    n_hits = Document.parsed.cache_info().hits
    document = Document(5)
    assert document.parsed() is document.parsed()
    assert Document.parsed.cache_info().hits == n_hits + 1
    assert document.parsed("x") == []
