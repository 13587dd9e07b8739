"""What a cached function gives is kept in an attribute, and changed through it."""

import functools

SELECTORS = ["lookup"]


@functools.lru_cache(maxsize=None)
def lookup(number):
    return {"number": number, "notes": [], "pad": "x" * (2000 + number)}


class Editor:
    def open(self, number):
        self.document = lookup(number)

    def annotate(self, text):
        self.document["notes"].append(text)


editor = Editor()


def show(number):
    return list(lookup(number)["notes"])


for number in range(20):
    editor.open(number)
    editor.annotate(f"n{number}")


def next_step():
    return show(5)
