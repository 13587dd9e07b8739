"""An object that is copied with all that it has, before it is changed."""

import copy
import pickle

SELECTORS = ["page.marks[1]", "page.marks", "type:Mark"]


class Mark:
    def __init__(self, text):
        self.text = text


class Page:
    def __init__(self):
        self.marks = []

    def mark(self, text):
        self.marks.append(Mark(text))


page = Page()


def snapshot(thing):
    return copy.deepcopy(thing)


for text in ("red", "big", "late"):
    page.mark(text)


def next_step():
    return len(pickle.dumps(snapshot(page)))
