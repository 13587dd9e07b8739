"""The kernel's side of `harmless_kernel.py`: watches what leaks, and compares before with after."""

from __future__ import annotations

import gc
import json
import sys
import tracemalloc
from typing import Any

from harmless_state import State, damage
from harmless_target import Watch, n_alive, watch_at

WATCHES: list[Watch] = []
BEFORE: dict[str, Any] = {}


def answer_with(path: str, found: dict[str, Any]) -> None:
    """Write an answer where it is waited for."""
    with open(path, "w") as file:
        json.dump(found, file)


def trace(answer: str) -> None:
    """Begin to count bytes."""
    tracemalloc.start()
    answer_with(answer, {})


def watch(leaked: str, answer: str) -> None:
    """Watch what has leaked."""
    names = vars(sys.modules["__main__"])
    WATCHES[:] = [Watch(seen) for seen in eval(leaked, names)]
    gc.collect()
    gc.collect()
    answer_with(answer, {"leaked": [[watch.address, watch.type_name] for watch in WATCHES]})


def before(asked: list[int], answer: str) -> None:
    """Remember how things are."""
    BEFORE["asked"] = [watch_at(address, WATCHES) for address in asked]
    gc.collect()
    BEFORE["state"] = State()
    answer_with(answer, {})
    BEFORE["size"], _ = tracemalloc.get_traced_memory()


def after(lines: list[str], answer: str) -> None:
    """Say what has gone, and what is damaged."""
    freed = BEFORE["size"] - tracemalloc.get_traced_memory()[0]
    watched = [watch for watch in BEFORE["asked"] if watch]
    found = {"freed": freed, "n_watched": len(watched), "n_alive": n_alive(watched)}
    found["damage"] = damage(BEFORE["state"], State(), lines, [])
    answer_with(answer, found)
