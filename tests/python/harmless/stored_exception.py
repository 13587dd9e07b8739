"""Failed jobs are kept with their exception; its traceback keeps the locals of the frames it came through."""

import traceback
import weakref

EXPECTS = "words"
ANCHORS = ["FAILED"]
REMEDY = """
import traceback
for name, error in FAILED:
    traceback.clear_frames(error.__traceback__)
    error.__traceback__ = None
del name, error
"""
FAILED = []
SEEN = []


class Table:
    def __init__(self, n):
        self.rows = [str(n) * 100 for _ in range(900)]


def convert(table, row):
    scratch = bytearray(20_000)
    return int(table.rows[row]) // len(scratch[:0])


def job(number):
    table = Table(number)
    SEEN.append(weakref.ref(table))
    return convert(table, 3)


def run(number):
    try:
        return job(number)
    except ZeroDivisionError as error:
        FAILED.append((f"job-{number}", error))
        return None


def report():
    return [f"{name}: {type(error).__name__}: {error}" for name, error in FAILED]


def leak():
    for number in range(30):
        assert run(number) is None


def leaked():
    return SEEN[:30]


def next_step():
    assert run(77) is None
    lines = report()
    assert lines[-1].startswith("job-77: ZeroDivisionError: ")
    error = FAILED[-1][1]
    shown = traceback.format_exception(type(error), error, error.__traceback__)
    assert any("in convert" in line for line in shown)
    for name, error in FAILED:
        assert name.startswith("job-")
        assert isinstance(error, ZeroDivisionError)
