"""Dumps in a loop while eight threads change the heap; prints what became of memory, blocks and counts.

Arguments: where to dump, and how often (20 times unless told).
"""

from __future__ import annotations

import array
import asyncio
import collections
import contextvars
import gc
import itertools
import json
import os
import random
import subprocess
import sys
import sysconfig
import threading
import time
import traceback
import weakref
from typing import Any

import heapview

SENTINEL = collections.deque(["never changed"], maxlen=1)
SHARED: dict[object, object] = {}
VARIABLE: contextvars.ContextVar[int] = contextvars.ContextVar("variable")
# Opened in a process of its own, so that the reader's memory is not the dumper's.
READER = (
    "import sys, json, heapview\n"
    "snapshot = heapview.load(sys.argv[1])\n"
    "(found,) = snapshot.find(sys.argv[2])\n"
    "print(json.dumps([snapshot.n_objects, found.type_name, found.path_to_root().text]))\n"
)


def allocate() -> None:
    """Make and drop containers of all kinds."""
    kept = [[{"n": n, "text": str(n)}, (n, [n]), {n, str(n)}, bytes(n)] for n in range(random.randrange(500))]
    kept.append(kept)
    random.shuffle(kept)
    del kept[::2]


def mutate() -> None:
    """Grow, shrink and rekey dicts that all threads share."""
    for _ in range(300):
        key = random.randrange(2_000)
        SHARED[key] = SHARED[str(key)] = [key]
        SHARED.pop(random.randrange(2_000), None)
    if len(SHARED) > 3_000:
        SHARED.clear()


def run_tasks() -> None:
    """Run coroutines that wait for one another."""

    async def task(depth: int) -> int:
        VARIABLE.set(depth)
        await asyncio.sleep(0)
        return sum(await asyncio.gather(*(task(depth - 1) for _ in range(3)))) if depth else 1

    asyncio.run(task(3))


def make_threads() -> None:
    """Create threads, let them run, and let them end."""
    local = threading.local()

    def work(number: int) -> None:
        local.value = [number]
        time.sleep(0)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def raise_errors() -> None:
    """Raise through many frames, chain, and keep the tracebacks for a while."""

    def descend(depth: int) -> None:
        held = [depth]
        if depth == 0:
            raise ValueError(held)
        try:
            descend(depth - 1)
        except ValueError as error:
            raise ValueError(depth) from error

    kept = []
    for _ in range(10):
        try:
            descend(20)
        except ValueError as error:
            kept.append(error)


def collect() -> None:
    """Collect garbage."""
    gc.collect(random.randrange(3))
    time.sleep(0.001)


def make_classes() -> None:
    """Make classes, instances with and without slots, and weak references; change attributes and types."""

    class Base:
        def __init__(self) -> None:
            self.first, self.itself = [1], self

    class Slots:
        __slots__ = ("__weakref__", "first")

    class Derived(Base):
        cached = property(lambda self: self.first)

    things = [Base() for _ in range(50)] + [Derived() for _ in range(50)]
    for number, thing in enumerate(things):
        setattr(thing, f"attribute{number % 7}", number)
        if number % 3 == 0:
            vars(thing)["direct"] = [number]
            del thing.first
    things[0].__class__ = Derived
    references = weakref.WeakValueDictionary(enumerate(things))
    slotted = [Slots() for _ in range(20)]
    slotted[0].first = references


def iterate() -> None:
    """Leave generators, closures, deques and contexts half way."""

    def numbers(limit: int) -> collections.abc.Iterator[list[int]]:
        for number in range(limit):
            yield [number]

    started = [numbers(50) for _ in range(50)]
    for generator in started:
        next(generator)
    context = contextvars.copy_context()
    context.run(VARIABLE.set, 7)
    queue = collections.deque(itertools.chain.from_iterable(started), maxlen=300)
    functions = [lambda held=held: (held, queue) for held in queue]
    functions[0]()


WORK = [allocate, mutate, run_tasks, make_threads, raise_errors, collect, make_classes, iterate]


class Load:
    """Eight threads that work until they are told to pause or to end."""

    def __init__(self) -> None:
        self.errors: list[str] = []
        self.ends = False
        self.goes_on = threading.Event()
        self.paused = threading.Semaphore(0)
        self.pauses = False
        self.threads = [threading.Thread(target=self.work, args=(step,), name=step.__name__) for step in WORK]
        for thread in self.threads:
            thread.start()

    def work(self, step: collections.abc.Callable[[], None]) -> None:
        """Repeat one kind of work."""
        while not self.ends:
            if self.pauses:
                self.paused.release()
                self.goes_on.wait()
            try:
                step()
            except Exception:
                self.errors.append(traceback.format_exc())
                self.ends = True

    def measure(self) -> tuple[int, int]:
        """Pause all threads; return resident bytes and allocated blocks."""
        self.goes_on.clear()
        self.pauses = True
        for _ in self.threads:
            self.paused.acquire(timeout=30)
        SHARED.clear()
        gc.collect()
        gc.collect()
        with open("/proc/self/statm", encoding="ascii") as statm:
            resident = int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        blocks = sys.getallocatedblocks()
        self.pauses = False
        self.goes_on.set()
        return resident, blocks

    def end(self) -> None:
        """Wait for all threads to end."""
        self.ends = True
        self.goes_on.set()
        for thread in self.threads:
            thread.join()


def main(path: str, n_dumps: int) -> None:
    """Dump, measure, and print one line of JSON."""
    sys.setswitchinterval(0.001)
    random.seed(1)
    warm_up, every = n_dumps // 5, max(n_dumps // 10, 1)
    # Arrays, for the numbers in a list would count as growth.
    counts, pauses, measured = array.array("Q"), array.array("d"), []
    n_opened = 0
    start = time.monotonic()
    load = Load()
    try:
        for number in range(1, n_dumps + 1):
            result = heapview.heapdump(path)
            counts.append(result.n_objects)
            pauses.append(result.pause_seconds)
            assert result.warnings == [], result.warnings
            assert not load.ends
            if number % every == 0:
                line = [sys.executable, "-c", READER, path, hex(id(SENTINEL))]
                done = subprocess.run(line, capture_output=True, text=True, check=True)
                n_objects, type_name, text = json.loads(done.stdout)
                assert n_objects == result.n_objects, (n_objects, result)
                assert (type_name, text) == ("collections.deque", "SENTINEL"), done.stdout
                n_opened += 1
                if number >= warm_up:
                    measured.append(load.measure())
    finally:
        load.end()
    answer = {
        "python": sys.version.split()[0],
        "n_dumps": n_dumps,
        "seconds": round(time.monotonic() - start, 1),
        "n_opened": n_opened,
        "n_objects": [min(counts), max(counts)],
        "pause_ms": round(sorted(pauses)[n_dumps // 2] * 1000, 1),
        "resident_mb": [round(resident / 1e6, 1) for resident, _ in measured],
        "blocks": [blocks for _, blocks in measured],
        "errors": load.errors,
    }
    print(json.dumps({**answer, "complaints": complaints(answer)}))


def complaints(answer: dict[str, Any]) -> list[str]:
    """Say what is wrong with the answer."""
    found = list(answer["errors"])
    resident, blocks = answer["resident_mb"], answer["blocks"]
    if sysconfig.get_config_var("Py_GIL_DISABLED"):
        # What threads that have ended leave in mimalloc is reused later, now more of it and now less: what
        # grows for ever grows at its lowest, too.
        half = len(resident) // 2
        resident = [min(resident[:half]), min(resident[half:])]
        blocks = [min(blocks[:half]), min(blocks[half:])]
        if sys.version_info < (3, 14):
            # Functions and classes never die there: https://github.com/python/cpython/issues/117783
            resident, blocks = resident[:1], blocks[:1]
    if resident[-1] - resident[0] > max(20, resident[0] / 10):
        found.append(f"resident memory grew: {resident} MB")
    if blocks[-1] - blocks[0] > 400:
        found.append(f"allocated blocks grew: {blocks}")
    fewest, most = answer["n_objects"]
    if fewest < 10_000 or most > 20 * fewest:
        found.append(f"odd numbers of objects: {fewest} to {most}")
    return found


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 20)
