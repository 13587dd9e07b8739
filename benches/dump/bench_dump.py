"""Times a dump against one `gc.collect()` of the same process; prints one JSON line.

`bench_dump.py N_OBJECTS ROUNDS [SHAPE]`, of the shapes of `workload.py`. Times are wall seconds, medians over
the rounds; ratios are medians of the rounds' ratios. A dump's time is its pause: how long it holds the GIL;
the whole call also publishes the file. Its CPU seconds are those of both its threads together, and of the
one that holds the GIL, which a busy machine lengthens least.
Extra memory is the largest growth of the peak resident set (VmHWM, reset before each dump) per object.
The `heap()` of guppy3, if installed, runs once at the end, since
it leaves objects behind.
"""

from __future__ import annotations

import gc
import json
import os
import platform
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import heapview
import workload

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


def status(field: str) -> int:
    """Return a field of /proc/self/status in bytes."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1]) * 1024
    return 0


def reset_peak() -> None:
    """Let the peak of the resident set start afresh from now."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


class Spent(NamedTuple):
    """Seconds that a call took, and what it returned."""

    wall: float
    cpu: float
    cpu_of_thread: float
    result: Any


def timed(action: Callable[[], Any]) -> Spent:
    """Call, and return what it took."""
    clocks = (time.perf_counter, time.process_time, time.thread_time)
    before = [clock() for clock in clocks]
    result = action()
    wall, cpu, cpu_of_thread = (clock() - start for clock, start in zip(clocks, before))
    return Spent(wall, cpu, cpu_of_thread, result)


def guppy_seconds() -> float | None:
    """Return the seconds of guppy3's `heap()`, which lists every reachable object by kind."""
    try:
        import guppy
    except ImportError:
        return None
    session = guppy.hpy()
    return timed(lambda: str(session.heap())).wall


def main(n_objects: int, rounds: int, shape: str = "service") -> None:
    """Build, measure, print."""
    heap = workload.SHAPES[shape](n_objects)
    gc.collect()
    collects, dumps, extra, forks = [], [], [], []
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "snap.rkyv")
        for _ in range(rounds):
            collects.append(timed(gc.collect))
            reset_peak()
            before = status("VmRSS")
            dumps.append(timed(lambda: heapview.heapdump(path)))
            extra.append(status("VmHWM") - before)
            handle = heapview.heapdump(path, fork=True)
            forks.append(handle.pause_seconds)
            handle.wait()
        result = heapview.heapdump(path)
        compressed = heapview.heapdump(path, compress=True)
    pauses = [dump.result.pause_seconds for dump in dumps]
    call = statistics.median(dump.wall for dump in dumps)
    collect, pause, fork = map(statistics.median, ([one.wall for one in collects], pauses, forks))

    def ratio(times: Iterable[float], to: Iterable[float]) -> float:
        return statistics.median(time / other for time, other in zip(times, to))

    cpu_of_collects = [one.cpu for one in collects]
    guppy = guppy_seconds()
    workload.dissolve(heap)
    print(
        json.dumps(
            {
                "python": platform.python_version(),
                "shape": shape,
                "n_objects": result.n_objects,
                "n_references": result.n_edges,
                "rounds": rounds,
                "gc_collect_s": round(collect, 4),
                "dump_s": round(pause, 4),
                "whole_call_s": round(call, 4),
                "pause_ns_per_object": round(pause / result.n_objects * 1e9),
                "dump_over_gc_collect": round(ratio(pauses, (one.wall for one in collects)), 2),
                "cpu_over_gc_collect": round(ratio((one.cpu for one in dumps), cpu_of_collects), 2),
                "cpu_of_walk_over_gc_collect": round(
                    ratio((one.cpu_of_thread for one in dumps), cpu_of_collects), 2
                ),
                "fork_pause_s": round(fork, 4),
                "fork_pause_over_gc_collect": round(fork / collect, 3),
                "guppy_heap_s": guppy and round(guppy, 2),
                "guppy_heap_over_dump": guppy and round(guppy / pause, 1),
                "extra_bytes_per_object": round(max(extra) / result.n_objects, 1),
                "file_bytes_per_object": round(result.file_size / result.n_objects, 1),
                "compressed_bytes_per_object": round(compressed.file_size / compressed.n_objects, 1),
            }
        )
    )


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), *sys.argv[3:])
