"""Times a dump against one `gc.collect()` of the same process; prints one JSON line.

`bench_dump.py N_OBJECTS ROUNDS`. Times are CPU seconds of this process, medians over the rounds.
Extra memory is the largest growth of the peak resident set (VmHWM, reset before each dump) per object.
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


def main(n_objects: int, rounds: int) -> None:
    """Build, measure, print."""
    heap = workload.build(n_objects)
    gc.collect()
    collects, dumps, extra = [], [], []
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "snap.rkyv")
        for _ in range(rounds):
            collects.append(timed(gc.collect))
            reset_peak()
            before = status("VmRSS")
            dumps.append(timed(lambda: heapview.heapdump(path)))
            extra.append(status("VmHWM") - before)
        result = heapview.heapdump(path)
    workload.dissolve(heap)
    collect, dump = statistics.median(collects), statistics.median(dumps)
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
                "extra_bytes_per_object": round(max(extra) / result.n_objects, 1),
                "file_bytes_per_object": round(result.file_size / result.n_objects, 1),
            }
        )
    )


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
