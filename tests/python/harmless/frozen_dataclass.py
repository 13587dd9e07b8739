"""Frozen dataclasses with the data of each run, kept in an attribute of another that is not."""

import dataclasses
import weakref
from typing import Optional

EXPECTS = "words"
ANCHORS = ["RUNS"]
REMEDY = "RUNS.finished.clear()"


@dataclasses.dataclass(frozen=True, eq=False)
class Result:
    name: str
    loss: float
    curve: bytearray = dataclasses.field(repr=False, default_factory=lambda: bytearray(120_000))
    previous: Optional["Result"] = None


@dataclasses.dataclass
class Runs:
    finished: list = dataclasses.field(default_factory=list)
    best: float = 1.0

    def add(self, name, loss):
        previous = self.finished[-1] if self.finished else None
        self.finished.append(Result(name, loss, previous=previous))
        self.best = min(self.best, loss)
        return self.finished[-1]


RUNS = Runs()


def train(number):
    return RUNS.add(f"run-{number}", 1 / (number + 1))


def leak():
    for number in range(20):
        train(number)


def leaked():
    return [weakref.ref(result) for result in RUNS.finished]


def next_step():
    made = train(99)
    assert made.loss == 0.01
    assert RUNS.best == 0.01
    again = train(9)
    assert again.previous is made
    assert len(again.curve) == 120_000
    assert dataclasses.replace(made, loss=2.0).loss == 2.0
    assert "run-9" in repr(again)
