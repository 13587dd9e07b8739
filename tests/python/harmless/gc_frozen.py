"""A server freezes its heap before it forks, without a collection: the garbage of the start stays."""

import gc
import weakref

EXPECTS = "lines"
COLLECTS = False
MAY_CHANGE = ["gc.frozen"]
ANCHORS = ["gc.unfreeze()"]
REMEDY = """
import gc
gc.unfreeze()
gc.collect()
"""
SEEN = []
ROUTES = {}


class Node:
    def __init__(self, name, parent=None):
        self.name, self.parent, self.children = name, parent, []
        self.payload = bytearray(100_000)
        if parent is not None:
            parent.children.append(self)


def compile_routes(paths):
    """Build a tree to read the routes off; its nodes know their parents."""
    root = Node("/")
    for path in paths:
        Node(path, root)
    SEEN.extend(weakref.ref(node) for node in [root, *root.children])
    return {node.name: len(node.name) for node in root.children}


def leak():
    gc.disable()
    ROUTES.update(compile_routes([f"/page/{n}" for n in range(30)]))
    gc.freeze()
    gc.enable()


def leaked():
    return SEEN


def next_step():
    assert ROUTES["/page/7"] == 7
    assert gc.isenabled()
    n_before = len(SEEN)
    ROUTES.update(compile_routes([f"/more/{n}" for n in range(3)]))
    assert ROUTES["/more/2"] == 7
    gc.collect()
    assert all(ref() is None for ref in SEEN[n_before:])
