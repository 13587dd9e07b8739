"""Heaps to dump: one like a service's, that one aged, and some that a collection has little to do with.

A service's has classes, dicts, lists, tuples, texts, a leaking cache, a chain, trees, and arrays.
"""

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


# How often everything alive is replaced in an aged heap.
N_AGES = 10


def aged(n_objects: int) -> dict[str, Any]:
    """Return records that were all replaced ten times in random order: neighbours lie far apart."""
    rng = random.Random(2026)
    records = [Item(number) for number in range(n_objects // 6)]
    places = list(range(len(records)))
    for age in range(1, N_AGES + 1):
        rng.shuffle(places)
        for place in places:
            records[place] = Item(place + age)
    return {"records": records}


def one_dict(n_objects: int) -> dict[str, Any]:
    """Return one dict of ints: the collector tracks the dict alone, or nothing at all."""
    return {"numbers": {number: number + n_objects for number in range(1000, 1000 + n_objects // 2)}}


def dicts(n_objects: int) -> dict[str, Any]:
    """Return many dicts of ten ints each, which the collector tracks or not by version."""
    return {
        "rows": [{column: 1000 + row * 10 + column for column in range(10)} for row in range(n_objects // 11)]
    }


def empty(_: int) -> dict[str, Any]:
    """Return nothing: what a dump costs in itself."""
    return {}


SHAPES = {"service": build, "aged": aged, "one dict": one_dict, "dicts": dicts, "empty": empty}


def dissolve(heap: dict[str, Any]) -> None:
    """Take the chain apart, whose destruction in one go is deep."""
    chain = heap.pop("chain", None)
    while chain is not None:
        chain = chain[0]
