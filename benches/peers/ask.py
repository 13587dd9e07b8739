"""Asks one tool one question about the workload's heap, and prints one JSON line.

`ask.py TOOL QUESTION N_OBJECTS`. A question's time is that from asking to the answer as text or number in
hand, with all that the tool needs for it; for heapview that is a dump and opening it. The heap hangs on one
global variable. "near" is an entry of the cache, three references from that global, "deep" is an item of an
order of a customer, seven references from it.
Memory is how far the peak resident set of the process grew (VmHWM, reset before the question).
The source of pyheap, which no package index has, is looked for in the folder that `HEAPVIEW_PYHEAP` names.
"""

from __future__ import annotations

import contextlib
import functools
import gc
import io
import json
import os
import runpy
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    Find = Callable[[], Any]

sys.path.insert(0, str(Path(__file__).parent.parent / "dump"))
import bench_dump
import workload

HEAP: dict[str, Any] = {}


def near() -> Any:
    """Return an entry of the cache."""
    return HEAP["cache"][f"key {len(HEAP['cache']) // 2}"]


def deep() -> Any:
    """Return an item that one customer alone leads to."""
    return HEAP["customers"][len(HEAP["customers"]) // 2].orders[2].items[1]


def heapview_snapshot(folder: str) -> Any:
    """Dump and open."""
    import heapview

    path = os.path.join(folder, "snap.rkyv")
    heapview.heapdump(path)
    return heapview.load(path, index=False)


def heapview_types(folder: str) -> str:
    """Return the greatest type, of all."""
    return str(heapview_snapshot(folder).histogram()[0])


def heapview_path(folder: str, find: Find) -> str:
    """Return the path that a person is shown first."""
    [found] = heapview_snapshot(folder).find(hex(id(find())))
    return found.path_to_root().text


def heapview_retained(folder: str, find: Find) -> str:
    """Return the retained size of one object; those of all others are known by then."""
    [found] = heapview_snapshot(folder).find(hex(id(find())))
    return str(found.retained_size)


def guppy_types(_folder: str) -> str:
    """Return the greatest kind."""
    import guppy

    return str(guppy.hpy().heap()).splitlines()[2]


def guppy_path(_folder: str, find: Find) -> str:
    """Return the shortest path from the root."""
    import guppy

    return str(guppy.hpy().iso(find()).shpaths)


def guppy_retained(_folder: str, find: Find) -> str:
    """Return the dominated size of one object."""
    import guppy

    return str(guppy.hpy().iso(find()).domisize)


def objgraph_types(_folder: str) -> str:
    """Return the most common type, by number: sizes it does not know, nor objects without references."""
    import objgraph

    return str(objgraph.most_common_types(limit=10)[0])


def objgraph_path(_folder: str, find: Find) -> str:
    """Return a chain of referrers from a module."""
    import objgraph

    chain = objgraph.find_backref_chain(find(), objgraph.is_proper_module)
    return " > ".join(type(link).__name__ for link in chain)


def pympler_types(_folder: str) -> str:
    """Return the greatest type."""
    from pympler import muppy, summary

    rows = summary.summarize(muppy.get_objects())
    return str(max(rows, key=lambda row: row[2]))


def pympler_reachable(_folder: str, find: Find) -> str:
    """Return the size of all that the object leads to, kept by others too or not."""
    from pympler import asizeof

    return str(asizeof.asizeof(find()))


def pyheap_retained(folder: str, find: Find) -> str:
    """Dump without texts, open, and return the retained size of one object; those of all are known then."""
    source = Path(os.environ["HEAPVIEW_PYHEAP"])
    path = os.path.join(folder, "snap.pyheap")
    given = {"heap_file": path, "str_repr_len": -1, "progress_file": ""}
    done = runpy.run_path(str(source / "pyheap/src/dumper_inferior.py"), given)
    if done["result_error"]:
        raise RuntimeError(done["result_error"])
    sys.path.insert(0, str(source / "pyheap-ui/src"))
    import mmap

    from pyheap_ui import heap as analysis
    from pyheap_ui.heap_reader import HeapReader

    with open(path, "rb") as file:
        heap = HeapReader(mmap.mmap(file.fileno(), length=0, access=mmap.ACCESS_READ)).read()
    inbound = analysis.InboundReferences(heap.objects)
    retained = analysis.provide_retained_heap_with_caching(path, heap, inbound)
    return str(retained.get_for_object(id(find())))


QUESTIONS = {
    "types": {
        "heapview": heapview_types,
        "guppy3": guppy_types,
        "objgraph": objgraph_types,
        "pympler": pympler_types,
    },
    "path near": {
        "heapview": functools.partial(heapview_path, find=near),
        "guppy3": functools.partial(guppy_path, find=near),
        "objgraph": functools.partial(objgraph_path, find=near),
    },
    "path deep": {
        "heapview": functools.partial(heapview_path, find=deep),
        "guppy3": functools.partial(guppy_path, find=deep),
        "objgraph": functools.partial(objgraph_path, find=deep),
    },
    "retained": {
        "heapview": functools.partial(heapview_retained, find=deep),
        "guppy3": functools.partial(guppy_retained, find=deep),
        "pympler": functools.partial(pympler_reachable, find=deep),
        "pyheap": functools.partial(pyheap_retained, find=deep),
    },
}


def main(tool: str, question: str, n_objects: int) -> None:
    """Build, ask, print."""
    HEAP.update(workload.build(n_objects))
    ask = QUESTIONS[question][tool]
    gc.collect()
    start = time.perf_counter()
    gc.collect()
    collect = time.perf_counter() - start
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        bench_dump.reset_peak()
        before = bench_dump.status("VmRSS")
        start = time.perf_counter()
        answer = ask(folder)
        seconds = time.perf_counter() - start
        extra = bench_dump.status("VmHWM") - before
    row = {"tool": tool, "question": question, "seconds": seconds, "gc_collect_s": collect}
    print(json.dumps({**row, "extra_bytes": extra, "answer": answer[:300]}), flush=True)
    # The chain of lists would be destroyed link within link.
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
