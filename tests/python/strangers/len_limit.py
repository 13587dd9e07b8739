"""The length of an object is a limit."""

SELECTORS = ["ring.items[0]", "ring.items", "type:Item"]


class Item:
    def __init__(self, value):
        self.value = value


class Ring:
    def __init__(self, capacity):
        self.items, self.capacity = [], capacity

    def __len__(self):
        return len(self.items)

    def add(self, value):
        self.items.append(Item(value))


def accept(ring, value):
    if len(ring) >= ring.capacity:
        return "full"
    ring.add(value)
    return "ok"


ring = Ring(2)
accept(ring, 1)
accept(ring, 2)


def next_step():
    return accept(ring, 3)
