"""An index of weak proxies to documents that a list keeps."""

import weakref

SELECTORS = ["library._documents[0]", "library._documents", "type:Document"]


class Document:
    def __init__(self, title):
        self.title = title


class Node:
    def __init__(self, document):
        self.document = weakref.proxy(document)


class Library:
    def __init__(self):
        self._documents, self.index = [], {}

    def open(self, title):
        document = Document(title)
        self._documents.append(document)
        self.index[title] = Node(document)

    def show(self, title):
        return self.index[title].document.title


library = Library()
library.open("book")
library.open("paper")


def next_step():
    return library.show("book"), library.show("paper")
