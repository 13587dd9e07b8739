"""Names are found by `id()`, which is unique only as long as the objects live."""

SELECTORS = ["KEPT", "type:Node"]
KEPT, NAMES = [], {}


class Node:
    def __init__(self, number):
        self.number, self.pad = number, bytes(2000)


def register(node, name):
    KEPT.append(node)
    NAMES[id(node)] = name


def name_of(node):
    return NAMES.get(id(node), "unnamed")


for number in range(30):
    register(Node(number), "known")


def next_step():
    fresh = [Node(99) for _ in range(200)]
    return sorted({name_of(node) for node in fresh})
