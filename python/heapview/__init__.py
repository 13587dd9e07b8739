"""heapview: what keeps this memory alive, and what do I do to free it?"""

from heapview._heapview import (
    DumpHandle,
    DumpResult,
    HeapObject,
    HeapviewError,
    RootPath,
    Snapshot,
    diff,
    heapdump,
    load,
)

__all__ = [
    "DumpHandle",
    "DumpResult",
    "HeapObject",
    "HeapviewError",
    "RootPath",
    "Snapshot",
    "diff",
    "heapdump",
    "load",
    "load_ipython_extension",
]


def load_ipython_extension(shell: object) -> None:
    """Add `%heapdump` to a notebook; called by `%load_ext heapview`."""
    from heapview import _ipython

    _ipython.register(shell)
