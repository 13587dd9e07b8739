"""Failures are only appended and only counted: with three of them the breaker is open."""

import weakref

EXPECTS = "words"
ANCHORS = ["failures"]
REMEDY = """
del BREAKER.failures[:-3]
"""


class Failure(Exception):
    def __init__(self, reason):
        super().__init__(reason)
        self.answer = bytearray(70_000)


class Breaker:
    def __init__(self):
        self.failures = []

    def call(self, reason):
        if len(self.failures) >= 3:
            return "open"
        self.failures.append(Failure(reason))
        return "failed"

    def note(self, reason):
        self.failures.append(Failure(reason))


BREAKER = Breaker()


def leak():
    for number in range(30):
        BREAKER.note(f"timeout {number}")


def leaked():
    return [weakref.ref(one) for one in vars(BREAKER)["failures"][:-3]]


def next_step():
    assert BREAKER.call("once more") == "open"
    BREAKER.note("late")
    assert BREAKER.call("again") == "open"
