"""Send this process SIGINT at random moments of each call; print how long it took until it was heard.

Arguments: a path, how many objects the snapshot there shall have (it is made), how often each call is
interrupted.
"""

from __future__ import annotations

import itertools
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import heapview

PROGRAM = """
import sys, heapview
n = int(sys.argv[2]) // 10
class Node:
    __slots__ = ("next", "rows")
TABLE = {number: float(number) for number in range(3 * n)}
ROWS = [(str(number % 1000) + "x" * 20, [number]) for number in range(n)]
CHAIN = None
for number in range(n):
    node = Node()
    node.next, node.rows = CHAIN, None
    CHAIN = node
CHAIN.rows = ROWS[0]
GRID = [{"left": row, "name": f"row {number}"} for number, row in enumerate(ROWS)]
GRID.append(GRID)
heapview.heapdump(sys.argv[1])
"""


class Sigint:
    """Sends one signal after a while, and remembers when."""

    def __init__(self, seconds: float) -> None:
        self.sent_at = 0.0
        self.timer = threading.Timer(seconds, self.send)

    def send(self) -> None:
        """Send it."""
        self.sent_at = time.monotonic()
        os.kill(os.getpid(), signal.SIGINT)


def calls(path: str, snapshot: heapview.Snapshot) -> dict[str, Callable[[], Any]]:
    """Return every call that may take long, each with an answer that can be compared."""
    table, rows, chain, grid = (snapshot.find(name)[0] for name in ("TABLE", "ROWS", "CHAIN", "GRID"))
    shared = snapshot.find("ROWS[0]")[0]
    (end,) = snapshot.find("CHAIN.next.next.next")
    everything = snapshot.objects
    texts = snapshot.query("type:str")
    return {
        "load": lambda: heapview.load(path, index=False).n_objects,
        "load with index": lambda: heapview.load(path).n_objects,
        "diff": lambda: heapview.diff(snapshot, snapshot),
        "summary": snapshot.summary,
        "top": lambda: len(snapshot.top(10**6)),
        "find": lambda: len(snapshot.find("type:str")),
        "histogram": snapshot.histogram,
        "histogram by module": lambda: snapshot.histogram(by="module"),
        "histogram by referrer": lambda: snapshot.histogram(by="referrer"),
        "histogram by site": lambda: snapshot.histogram(by="site"),
        "duplicates": lambda: snapshot.duplicates(10**6),
        "waste": lambda: snapshot.waste(10**6),
        "cycles": snapshot.cycles,
        "query": lambda: len(snapshot.query('path:"ROWS[*]" or preview~"77"')),
        "query neighbours": lambda: len(snapshot.query("referrer:dict not len>3")),
        "objects": lambda: len(snapshot.objects),
        "repr of a set": lambda: repr(everything),
        "html of a set": everything._repr_html_,
        "histogram of a set": lambda: texts.histogram(by="referrer"),
        "largest": lambda: len(everything.largest(10**6)),
        "patterns": lambda: everything.patterns(10**6),
        "retained size of a set": lambda: texts.retained_size,
        "shallow size of a set": lambda: everything.shallow_size,
        "referents": lambda: len(table.referents()),
        "referents of a list": lambda: len(rows.referents()),
        "referrers": lambda: len(shared.referrers()),
        "paths": lambda: len(shared.paths(1000)),
        "path to the end of a chain": lambda: len(str(end.path_to_root())),
        "how to free": lambda: str(table.how_to_free()),
        "how to free a cycle": lambda: str(grid.how_to_free()),
        "how to free what has few holders": lambda: str(chain.how_to_free()),
    }


def interrupted(call: Callable[[], Any], seconds: float) -> float | None:
    """Interrupt a call; return how long it took until it was over, or None if it was over before."""
    sigint = Sigint(seconds)
    try:
        # The signal may come before this returns.
        sigint.timer.start()
        call()
        # A signal that comes between the call and here is not what is measured.
        sigint.timer.cancel()
        sigint.timer.join()
        time.sleep(0.001)
    except KeyboardInterrupt:
        return time.monotonic() - sigint.sent_at
    return None


def main(path: str, n_objects: int, n_times: int) -> None:
    """Interrupt each call, and see that it answers afterwards as it did before."""
    subprocess.run([sys.executable, "-c", PROGRAM, path, str(n_objects)], check=True)
    undisturbed = calls(path, heapview.load(path))
    chance = random.Random(2026)
    rows = {}
    for number, name in enumerate(undisturbed):
        begin = time.monotonic()
        expected = undisturbed[name]()
        took = time.monotonic() - begin
        delays = []
        for _ in range(n_times):
            # Cold, as the first call in a session is: what is worked out once is worked out in it.
            snapshot = heapview.load(path, index=number % 2 == 0)
            call = calls(path, snapshot)[name]
            for attempt in itertools.count():
                delay = interrupted(call, took * chance.random() * 0.9)
                if delay is not None or attempt == 2:
                    break
            delays.append(delay)
            try:
                assert call() == expected, name
            except KeyboardInterrupt:  # the signal came late
                assert call() == expected, name
        rows[name] = {"took": took, "delays": delays}
    print(json.dumps({"n_objects": heapview.load(path).n_objects, "calls": rows}))


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)
    main(str(Path(sys.argv[1])), int(sys.argv[2]), int(sys.argv[3]))
