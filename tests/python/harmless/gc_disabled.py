"""A batch job turns the collector off for speed; its documents and their pages know each other."""

import gc
import weakref

EXPECTS = "lines"
COLLECTS = False
MAY_CHANGE = ["gc.enabled"]
ANCHORS = ["gc.collect()"]
REMEDY = """
import gc
gc.collect()
"""
SEEN = []
TOTALS = {}


class Page:
    def __init__(self, document, number):
        self.document, self.text = document, f"{number} " * 15_000


class Document:
    def __init__(self, name, n_pages):
        self.name = name
        self.pages = [Page(self, number) for number in range(n_pages)]


def work(name, n_pages=3):
    document = Document(name, n_pages)
    SEEN.append(weakref.ref(document))
    TOTALS[name] = sum(len(page.text) for page in document.pages)
    return TOTALS[name]


def leak():
    gc.collect()
    gc.disable()
    for number in range(30):
        work(f"document-{number}")


def leaked():
    return SEEN


def next_step():
    assert work("next", 4) == TOTALS["next"] == sum(15_000 * len(f"{n} ") for n in range(4))
    assert TOTALS["document-7"] > 80_000
    n_before = len(gc.get_objects())
    assert work("after", 0) == 0
    assert n_before > 1000
