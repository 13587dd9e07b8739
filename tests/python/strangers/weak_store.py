"""A store finds documents weakly, makes those that are gone, and a list keeps them."""

import weakref

SELECTORS = ["KEPT[3]", "KEPT", "type:Document"]


class Document:
    def __init__(self, name):
        self.name, self.revision, self.pad = name, 0, bytearray(2000)


class Store:
    def __init__(self):
        self.known = weakref.WeakValueDictionary()

    def get(self, name):
        document = self.known.get(name)
        if document is None:
            document = self.known[name] = Document(name)
        return document


store, KEPT = Store(), []


def edit(name):
    document = store.get(name)
    document.revision += 1
    KEPT.append(document)
    return document.revision


for number in range(30):
    edit(number % 5)


def next_step():
    return edit(3)
