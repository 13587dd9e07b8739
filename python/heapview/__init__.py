"""heapview: what keeps this memory alive, and what do I do to free it?"""

from heapview._heapview import (
    DumpHandle,
    DumpResult,
    FreePlan,
    HeapObject,
    HeapviewError,
    ObjectSet,
    RootPath,
    Snapshot,
    diff,
    heapdump,
    load,
)
from heapview._registry import register_adapter

__all__ = [
    "DumpHandle",
    "DumpResult",
    "FreePlan",
    "HeapObject",
    "HeapviewError",
    "ObjectSet",
    "RootPath",
    "Snapshot",
    "diff",
    "heapdump",
    "load",
    "load_ipython_extension",
    "register_adapter",
]


def load_ipython_extension(shell: object) -> None:
    """Add `%heapdump` to a notebook; called by `%load_ext heapview`."""
    from heapview import _ipython

    _ipython.register(shell)
