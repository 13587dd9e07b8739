"""Errors kept for later, and with them every local variable of every function they passed through."""

import sys


class Batch:
    """What was being worked on."""

    def __init__(self, size: int) -> None:
        self.rows = [str(row) * 10 for row in range(size)]


def load(size: int) -> None:
    """Fail with something large in a local variable."""
    batch = Batch(size)
    raise ValueError(f"row 17 of {len(batch.rows)} is malformed")


def train(size: int) -> None:
    """Fail on behalf of another error."""
    buffer = bytearray(50_000)
    try:
        load(size)
    except ValueError as error:
        raise RuntimeError(f"after {len(buffer)} bytes") from error


failures = []
for size in (1_000, 2_000):
    try:
        train(size)
    except RuntimeError as error:
        failures.append(error)
try:
    load(3_000)
except ValueError as error:
    last = error
    # As an interactive session does.
    sys.last_value, sys.last_type, sys.last_traceback = error, type(error), error.__traceback__
    if sys.version_info >= (3, 12):
        sys.last_exc = error
del size
