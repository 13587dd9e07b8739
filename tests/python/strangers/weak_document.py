"""Nodes that refer weakly to the document they belong to, which a list keeps."""

import weakref

SELECTORS = ["library._documents[0]", "library._documents", "type:Document"]


class Document:
    def __init__(self, title):
        self.title = title

    def node(self, text):
        return Node(self, text)


class Node:
    def __init__(self, document, text):
        self._document, self.text = weakref.ref(document), text

    @property
    def document(self):
        return self._document()


class Library:
    def __init__(self):
        self._documents = []

    def open(self, title):
        document = Document(title)
        self._documents.append(document)
        return document.node("p")


library = Library()
node = library.open("book")


def next_step():
    return node.document.title
