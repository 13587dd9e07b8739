"""A list with the one open file whose lock keeps a second instance from starting."""

import fcntl
import pathlib
import tempfile

SELECTORS = ["_locks[0]", "_locks"]
PATH = pathlib.Path(tempfile.mkdtemp(), "service.lock")
_locks = []


def start():
    file = PATH.open("w")
    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    _locks.append(file)


start()


def next_step():
    try:
        start()
    except OSError:
        return "already running"
    return "started twice"
