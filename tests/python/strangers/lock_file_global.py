"""A name for the open file whose lock keeps a second instance from starting."""

import fcntl
import pathlib
import tempfile

SELECTORS = ["LOCK"]
PATH = pathlib.Path(tempfile.mkdtemp(), "service.lock")
LOCK = PATH.open("w", buffering=100_000)
fcntl.flock(LOCK, fcntl.LOCK_EX)


def another_may_start():
    with PATH.open("r+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True


def next_step():
    return another_may_start()
