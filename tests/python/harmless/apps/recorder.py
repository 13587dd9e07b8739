"""Records samples in a thread."""

import threading
from collections import deque

BACKLOG = deque()
WRITTEN = []
changed = threading.Condition()
paused = False


class Sample:
    def __init__(self, text):
        self.text, self.signal = text, bytearray(80_000)


def start():
    """Begin to record."""
    threading.Thread(target=write, daemon=True).start()


def write():
    """Write samples as long as the process runs."""
    while True:
        with changed:
            changed.wait_for(lambda: BACKLOG and not paused)
            WRITTEN.append(BACKLOG.popleft().text)
            changed.notify_all()


def record(text):
    """Have a sample written."""
    with changed:
        BACKLOG.append(Sample(text))
        changed.notify_all()


def pause():
    """Write no more for now."""
    global paused
    with changed:
        paused = True


def resume():
    """Go on writing."""
    global paused
    with changed:
        paused = False
        changed.notify_all()


def flush(timeout):
    """Wait until all is written."""
    with changed:
        assert changed.wait_for(lambda: not BACKLOG, timeout)
