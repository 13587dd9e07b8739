"""Times a dump against one `gc.collect()` of the same process; prints one JSON line.

`bench_dump.py N_OBJECTS ROUNDS`. Times are CPU seconds of this process, medians over the rounds.
Extra memory is the largest growth of the peak resident set (VmHWM, reset before each dump) per object.
The pause of a forking dump is wall time. The `heap()` of guppy3, if installed, runs once at the end, since
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

import heapview
import workload


def status(field: str) -> int:
    """Return a field of /proc/self/status in bytes."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1]) * 1024
    return 0


def reset_peak() -> None:
    """Let the peak of the resident set start afresh from now."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def timed(action: object) -> float:
    """Return the CPU seconds that a call takes."""
    start = time.process_time()
    action()  # type: ignore[operator]
    return time.process_time() - start


def guppy_seconds() -> float | None:
    """Return the CPU seconds of guppy3's `heap()`, which lists every reachable object by kind."""
    try:
        import guppy
    except ImportError:
        return None
    session = guppy.hpy()
    return timed(lambda: str(session.heap()))


def main(n_objects: int, rounds: int) -> None:
    """Build, measure, print."""
    heap = workload.build(n_objects)
    gc.collect()
    collects, dumps, extra, pauses = [], [], [], []
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "snap.rkyv")
        for _ in range(rounds):
            collects.append(timed(gc.collect))
            reset_peak()
            before = status("VmRSS")
            dumps.append(timed(lambda: heapview.heapdump(path)))
            extra.append(status("VmHWM") - before)
            handle = heapview.heapdump(path, fork=True)
            pauses.append(handle.pause_seconds)
            handle.wait()
        result = heapview.heapdump(path)
        compressed = heapview.heapdump(path, compress=True)
    collect, dump, pause = map(statistics.median, (collects, dumps, pauses))
    guppy = guppy_seconds()
    workload.dissolve(heap)
    print(
        json.dumps(
            {
                "python": platform.python_version(),
                "n_objects": result.n_objects,
                "n_references": result.n_edges,
                "rounds": rounds,
                "gc_collect_s": round(collect, 4),
                "dump_s": round(dump, 4),
                "dump_over_gc_collect": round(dump / collect, 2),
                "fork_pause_s": round(pause, 4),
                "fork_pause_over_gc_collect": round(pause / collect, 3),
                "guppy_heap_s": guppy and round(guppy, 2),
                "guppy_heap_over_dump": guppy and round(guppy / dump, 1),
                "extra_bytes_per_object": round(max(extra) / result.n_objects, 1),
                "file_bytes_per_object": round(result.file_size / result.n_objects, 1),
                "compressed_bytes_per_object": round(compressed.file_size / compressed.n_objects, 1),
            }
        )
    )


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
