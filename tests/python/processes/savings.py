"""Cycles, duplicates and waste of known size, dumped to the path given."""

import gc
import json
import sys

import heapview


class Node:
    def __init__(self, parent):
        self.parent = parent
        self.children = []


class Finalised:
    def __del__(self):
        pass


class Plain:
    def __init__(self, number):
        self.number = number


def tree(depth, parent=None):
    node = Node(parent)
    if depth:
        node.children = [tree(depth - 1, node) for _ in range(3)]
    return node


gc.disable()
TREE = tree(4)
for _ in range(20):
    first, second = Finalised(), Finalised()
    first.other, second.other = second, first
del first, second

COPIES = ["".join(["equal text ", str(number % 2)]) for number in range(1000)]
CUT = ["x" * 100 + str(number) for number in range(10)]
SPARE = []
for _ in range(10):
    items = list(range(1000, 1100))
    items.append(0)
    del items[60:]
    SPARE.append(items)
del items
SPARE_SAVED = sum(sys.getsizeof(items) - sys.getsizeof(list(tuple(items))) for items in SPARE)
SPARSE = {number: None for number in range(50_000)}
for number in range(49_000):
    del SPARSE[number]
SPARSE_SAVED = sys.getsizeof(SPARSE) - sys.getsizeof(dict(SPARSE.items()))
LISTLIKE = {number: None for number in range(1000)}
LISTLIKE_SAVED = sys.getsizeof(LISTLIKE) - sys.getsizeof([None] * 1000)
EMPTY = [{} for _ in range(300)]
SINGLE = [{"key": number} for number in range(300)]
SINGLE_SAVED = sum(sys.getsizeof(one) - sys.getsizeof(("key", None)) for one in SINGLE)
PLAIN = [Plain(number) for number in range(200)]
for one in PLAIN:
    vars(one)["extra"] = None

heapview.heapdump(sys.argv[1])
snapshot = heapview.load(sys.argv[1])
print(
    json.dumps(
        {
            "cycles": snapshot.cycles(limit=100),
            "garbage": snapshot.cycles(limit=100, garbage=True),
            "duplicates": snapshot.duplicates(limit=1000),
            "waste": snapshot.waste(limit=100_000),
            "copy_size": sys.getsizeof(COPIES[0]),
            "spare_saved": SPARE_SAVED,
            "sparse_saved": SPARSE_SAVED,
            "listlike_saved": LISTLIKE_SAVED,
            "empty_saved": sum(map(sys.getsizeof, EMPTY)),
            "single_saved": SINGLE_SAVED,
        }
    )
)
