"""Dumps in a loop while eight threads change the heap; prints what became of memory, blocks and counts.

Then the threads wait while it dumps a quarter as often again: now nothing may grow at all.

Arguments: where to dump, and how often (20 times unless told). A third is the rounds that each thread had
done whenever another run measured: then exactly these are done again, whether with dumps or without any.
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
from typing import Any, NamedTuple

import heapview

SENTINEL = collections.deque(["never changed"], maxlen=1)
SHARED: dict[object, object] = {}
IS_FREE_THREADED = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))
VARIABLE: contextvars.ContextVar[int] = contextvars.ContextVar("variable")
# Opened in a process of its own, so that the reader's memory is not the dumper's.
READER = (
    "import sys, json, heapview\n"
    "snapshot = heapview.load(sys.argv[1], index=False)\n"
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


class Measured(NamedTuple):
    """What was measured while all threads paused: bytes, blocks, and the rounds each had done."""

    resident: int
    blocks: int
    rounds: list[int]


class Load:
    """Eight threads that work until they are told to pause or to end."""

    def __init__(self, limits: list[int] | None = None) -> None:
        self.errors: list[str] = []
        self.ends = False
        self.goes_on = threading.Event()
        self.paused = threading.Semaphore(0)
        self.pauses = False
        self.rounds = [0] * len(WORK)
        # How many rounds each thread works at most.
        self.limits = limits or [sys.maxsize] * len(WORK)
        self.threads = [
            threading.Thread(target=self.work, args=(number, step), name=step.__name__)
            for number, step in enumerate(WORK)
        ]
        for thread in self.threads:
            thread.start()

    def work(self, number: int, step: collections.abc.Callable[[], None]) -> None:
        """Repeat one kind of work."""
        while not self.ends:
            if self.pauses:
                self.paused.release()
                self.goes_on.wait()
            if self.rounds[number] >= self.limits[number]:
                time.sleep(0.001)
                continue
            try:
                step()
                self.rounds[number] += 1
            except Exception:
                self.errors.append(traceback.format_exc())
                self.ends = True

    def pause(self) -> None:
        """Let all threads wait, and collect garbage."""
        self.goes_on.clear()
        self.pauses = True
        for _ in self.threads:
            self.paused.acquire(timeout=30)
        SHARED.clear()
        gc.collect()
        gc.collect()

    def resume(self) -> None:
        """Let all threads work again."""
        self.pauses = False
        self.goes_on.set()

    def measure(self) -> Measured:
        """Measure while all threads wait."""
        self.pause()
        measured = self.read()
        self.resume()
        return measured

    def read(self) -> Measured:
        """Measure; the threads wait."""
        with open("/proc/self/statm", encoding="ascii") as statm:
            resident = int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        return Measured(resident, sys.getallocatedblocks(), list(self.rounds))

    def has_done(self, rounds: list[int]) -> bool:
        """Let each thread work until it has done so many rounds; return whether all have."""
        self.limits = rounds
        return self.rounds == rounds or self.ends

    def end(self) -> None:
        """Wait for all threads to end."""
        self.ends = True
        self.goes_on.set()
        for thread in self.threads:
            thread.join()


def main(path: str, n_dumps: int) -> dict[str, Any]:
    """Dump and measure."""
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
        quiet = dump_quietly(load, path, n_dumps // 4)
    finally:
        load.end()
    answer = {
        "is_free_threaded": IS_FREE_THREADED,
        "python": sys.version.split()[0],
        "n_dumps": n_dumps,
        "seconds": round(time.monotonic() - start, 1),
        "n_opened": n_opened,
        "n_objects": [min(counts), max(counts)],
        "pause_ms": round(sorted(pauses)[n_dumps // 2] * 1000, 1),
        "errors": load.errors,
        "quiet": summary(quiet),
        **summary(measured),
    }
    return {**answer, "complaints": complaints(answer)}


def dump_quietly(load: Load, path: str, n_dumps: int) -> list[Measured]:
    """Dump while all threads wait; return what was measured before and after."""
    load.pause()
    heapview.heapdump(path)
    before = load.read()
    for _ in range(n_dumps):
        heapview.heapdump(path)
    after = load.read()
    load.resume()
    return [before, after]


def replay(path: str, n_dumps: int, all_rounds: list[list[int]]) -> dict[str, Any]:
    """Do the rounds that another run did between two measures, and so many dumps meanwhile; measure."""
    start = time.monotonic()
    load, measured = Load(all_rounds[0]), []
    try:
        for rounds in all_rounds:
            to_do = n_dumps // len(all_rounds)
            while not load.has_done(rounds) or to_do > 0:
                if to_do > 0:
                    heapview.heapdump(path)
                    to_do -= 1
                time.sleep(0.01)
            measured.append(load.measure())
    finally:
        load.end()
    answer = {"n_dumps": n_dumps, "seconds": round(time.monotonic() - start, 1), "complaints": load.errors}
    return {**answer, **summary(measured)}


def summary(measured: list[Measured]) -> dict[str, Any]:
    """Return the measures as columns."""
    return {
        "resident_mb": [round(one.resident / 1e6, 1) for one in measured],
        "blocks": [one.blocks for one in measured],
        "rounds": [one.rounds for one in measured],
    }


def complaints(answer: dict[str, Any]) -> list[str]:
    """Say what is wrong with the answer."""
    found = list(answer["errors"])
    resident, blocks = answer["resident_mb"], answer["blocks"]
    # Free-threaded builds grow by themselves: only a control can tell, see `tests/tools/stress.py`.
    if not IS_FREE_THREADED and resident[-1] - resident[0] > max(20, resident[0] / 10):
        found.append(f"resident memory grew: {resident} MB")
    if not IS_FREE_THREADED and blocks[-1] - blocks[0] > 400:
        found.append(f"allocated blocks grew: {blocks}")
    quiet = answer["quiet"]
    if quiet["resident_mb"][1] - quiet["resident_mb"][0] > 5:
        found.append(f"resident memory grew while the threads waited: {quiet['resident_mb']} MB")
    if quiet["blocks"][1] - quiet["blocks"][0] > 50:
        found.append(f"allocated blocks grew while the threads waited: {quiet['blocks']}")
    fewest, most = answer["n_objects"]
    if fewest < 10_000 or most > 20 * fewest:
        found.append(f"odd numbers of objects: {fewest} to {most}")
    return found


if __name__ == "__main__":
    sys.setswitchinterval(0.001)
    random.seed(1)
    if len(sys.argv) > 3:
        print(json.dumps(replay(sys.argv[1], int(sys.argv[2]), json.loads(sys.argv[3]))))
    else:
        print(json.dumps(main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 20)))
