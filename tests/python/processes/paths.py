"""Evaluates the printed paths of 1,000 random objects of this process; prints what came of it as JSON."""

import dataclasses
import enum
import functools
import gc
import json
import random
import sys
from collections import OrderedDict, defaultdict, deque, namedtuple

import heapview
import IPython  # noqa: F401
import numpy as np
import pandas as pd

N_OBJECTS = 1000


class Slotted:
    __slots__ = ("left", "right")

    def __init__(self, left: object, right: object) -> None:
        self.left, self.right = left, right


class Guarded:
    """Its property hides what its dict holds under the same name."""

    def __init__(self) -> None:
        self.__dict__["hidden"] = ["behind a property"]
        self.shown = ["plain"]

    @property
    def hidden(self) -> str:
        return "not the list"


class Liar:
    """Its attribute lookup gives something else each time."""

    def __init__(self) -> None:
        object.__setattr__(self, "kept", ["never shown"])

    def __getattribute__(self, name: str) -> object:
        return object()


class Upside(list):
    """Its subscript is not the list's."""

    def __getitem__(self, index: object) -> object:
        return [index]


class Shouting(dict):
    """Its subscript is not the dict's."""

    def __getitem__(self, key: object) -> object:
        return [key]


class Colour(enum.Enum):
    RED = ("a tuple", 1)


@dataclasses.dataclass(eq=False)
class Point:
    x: list = dataclasses.field(default_factory=lambda: ["x"])
    label: str = "default label of a point"


Pair = namedtuple("Pair", "first second")


def closure() -> object:
    enclosed = {"enclosed": ["value"]}

    @functools.wraps(print)
    def inner() -> object:
        return enclosed

    return inner


samples = {
    "plain": [["nested", ["deeper"]], {"key": ["value"], 5: ["five"], (1, "a"): ["tuple key"]}],
    "it's": {"quote'd": ["x"], b"bytes\x00": ["y"], None: ["none"], True: ["true"], 2.5: ["float"]},
    "slotted": Slotted(["l"], ["r"]),
    "guarded": Guarded(),
    "liar": Liar(),
    "upside": Upside([["inside"]]),
    "shouting": Shouting(key=["inside"]),
    "point": Point(),
    "pair": Pair(["first"], ["second"]),
    "closure": closure(),
    "ordered": OrderedDict(one=["1"]),
    "default": defaultdict(list, one=["1"]),
    "deque": deque([["in a deque"]]),
    "partial": functools.partial(print, ["argument"], key=["keyword"]),
    "object key": {Point(): ["value of an object key"]},
    "array": np.arange(1000.0),
    "view": np.arange(1000.0)[10:20],
    "frame": pd.DataFrame({"a": range(100), "b": ["text"] * 100}),
    "error": ValueError(["argument"]),
}
json_shadow = json
json = ["a global that hides the module of the same name"]


def main(path: str) -> None:
    """Dump, evaluate, print."""
    gc.collect()
    gc.disable()
    heapview.heapdump(path)
    snapshot = heapview.load(path, index=False)
    objects = snapshot.top(limit=snapshot.n_objects)
    live = {name: module for name, module in sys.modules.items() if "." not in name}
    namespace = {**live, **sys.modules["__main__"].__dict__}
    chosen = random.Random(2026).sample([obj for obj in objects if obj.is_reachable], N_OBJECTS)
    # All that the samples hold, so that the hard cases are always among those tried.
    addresses = set()
    stack = list(samples.values())
    for _ in range(5000):
        if not stack:
            break
        obj = stack.pop()
        if id(obj) not in addresses and not isinstance(obj, type):
            addresses.add(id(obj))
            if type(obj).__module__ in {"builtins", "__main__", "collections", "functools"}:
                stack.extend(gc.get_referents(obj))
    chosen += [obj for obj in objects if obj.address in addresses]
    wrong, n_expressions = [], 0
    for obj in chosen:
        paths = [path for path in [obj.path_to_root(), *obj.paths(limit=5)] if path]
        names = {path.text: path.is_expression for path in paths}
        names.update(alias for path in paths for alias in path.aliases)
        for text in (text for text, is_expression in names.items() if is_expression):
            n_expressions += 1
            try:
                value = eval(text, dict(namespace))
            except Exception as error:
                wrong.append([text, repr(error)])
                continue
            if id(value) != obj.address:
                wrong.append([text, f"expected {obj!r}, found {type(value).__name__}"])
    print(json_shadow.dumps({"n_tried": len(chosen), "n_expressions": n_expressions, "wrong": wrong}))


if __name__ == "__main__":
    main(sys.argv[1])
