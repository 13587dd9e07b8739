"""An editor's document keeps each revision, which keeps the one before it."""

import weakref

EXPECTS = "words"
ANCHORS = ["DOC.history", "previous"]
REMEDY = "DOC.history = None"
SEEN = []


class Revision:
    def __init__(self, text, previous):
        self.text, self.previous = text, previous


class Document:
    def __init__(self):
        self.text = ""
        self.history = None
        self.n_edits = 0

    def edit(self, text):
        self.history = Revision(self.text, self.history)
        SEEN.append(weakref.ref(self.history))
        self.text = text
        self.n_edits += 1

    def undo(self):
        if self.history is None:
            return False
        self.text, self.history = self.history.text, self.history.previous
        return True


DOC = Document()


def leak():
    for number in range(60):
        DOC.edit(f"edit {number} " * 3_000)


def leaked():
    return [ref for ref in SEEN if ref() is not None]


def next_step():
    before = DOC.text
    DOC.edit("short")
    DOC.edit("shorter")
    assert DOC.undo()
    assert DOC.text == "short"
    assert DOC.undo()
    assert DOC.text == before
    assert before.startswith("edit 59")
    assert DOC.n_edits >= 62
    other = Document()
    assert not other.undo()
