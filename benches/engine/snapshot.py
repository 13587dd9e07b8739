"""Write a snapshot of the workload and print what `gc.collect()` of it takes. Arguments: objects, path."""

from __future__ import annotations

import gc
import json
import statistics
import sys
import time
from pathlib import Path

import heapview

sys.path.insert(0, str(Path(__file__).parent.parent / "dump"))
import workload


def main(n_objects: int, path: str) -> None:
    """Build, measure, dump."""
    heap = workload.build(n_objects)
    seconds = []
    for _ in range(3):
        start = time.process_time()
        gc.collect()
        seconds.append(time.process_time() - start)
    heapview.heapdump(path)
    workload.dissolve(heap)
    print(json.dumps({"workload": n_objects, "gc_collect_s": statistics.median(seconds)}))


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
