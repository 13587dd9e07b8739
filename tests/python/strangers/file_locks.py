"""Open files whose locks other processes respect while they are open."""

import fcntl
import pathlib
import tempfile

SELECTORS = ["HELD[5]", "HELD"]
FOLDER = pathlib.Path(tempfile.mkdtemp())
HELD = []


def acquire(name):
    file = (FOLDER / name).open("w")
    fcntl.flock(file, fcntl.LOCK_EX)
    HELD.append(file)


def is_free(name):
    with (FOLDER / name).open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True


for number in range(20):
    acquire(f"lock {number}")


def next_step():
    return is_free("lock 5")
