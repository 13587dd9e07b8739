"""A heap like a service's: classes, dicts, lists, tuples, texts, a leaking cache, a chain, trees, arrays."""

from __future__ import annotations

import random
from typing import Any


class Item:
    """A leaf record."""

    def __init__(self, number: int) -> None:
        self.name = f"item {number}"
        self.price = number * 1.5
        self.tags = (f"tag {number % 97}", number)


class Order:
    """Holds items and knows its customer."""

    __slots__ = ("customer", "items", "number")

    def __init__(self, number: int, customer: Customer) -> None:
        self.number = number
        self.customer = customer
        self.items = [Item(number * 3 + place) for place in range(3)]


class Customer:
    """Holds its orders, which hold it."""

    def __init__(self, number: int) -> None:
        self.name = f"customer {number}"
        self.orders = [Order(number * 4 + place, self) for place in range(4)]
        self.profile = {"id": number, "mail": f"{number}@example.org", "seen": [number, number + 1]}


class Tree:
    """A binary tree whose nodes hold their parents."""

    def __init__(self, depth: int, parent: Tree | None = None) -> None:
        self.parent = parent
        self.children = [Tree(depth - 1, self) for _ in range(2)] if depth else []


def build(n_objects: int) -> dict[str, Any]:
    """Return a heap of about `n_objects` objects, the same for every run."""
    rng = random.Random(2026)
    n_customers = n_objects // 250
    heap: dict[str, Any] = {"customers": [Customer(number) for number in range(n_customers)]}
    heap["cache"] = {
        f"key {number}": {"value": number, "text": f"text {number} " * 3} for number in range(n_objects // 20)
    }
    heap["sessions"] = {rng.random(): (number, [number, str(number)]) for number in range(n_objects // 30)}
    chain = None
    for _ in range(n_objects // 10):
        chain = [chain]
    heap["chain"] = chain
    heap["table"] = {number: float(number) for number in range(n_objects // 10)}
    depth = max(1, (n_objects // 20).bit_length() - 2)
    heap["tree"] = Tree(depth)
    try:
        import numpy as np
    except ImportError:
        return heap
    heap["arrays"] = [np.arange(100.0) for _ in range(n_objects // 1000)]
    return heap


def dissolve(heap: dict[str, Any]) -> None:
    """Take the chain apart, whose destruction in one go is deep."""
    chain = heap.pop("chain")
    while chain is not None:
        chain = chain[0]
