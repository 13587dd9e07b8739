"""The `%heapdump` magic; imported inside IPython only."""

import datetime
from typing import Any

from heapview import _heapview


def register(shell: Any) -> None:
    """Register the magics with an InteractiveShell."""
    shell.register_magic_function(_heapdump, magic_kind="line", magic_name="heapdump")


def _heapdump(line: str) -> Any:
    """Write every object of this kernel to a snapshot: `%heapdump path`.

    Without a path the snapshot is named after the time. The dump changes nothing in the kernel.
    """
    path = line.strip().strip("'\"") or f"heap-{datetime.datetime.now():%Y%m%d-%H%M%S}.rkyv"
    result = _heapview.heapdump(path)
    print(
        f"{result.path}: {result.n_objects:,} objects, {result.n_edges:,} references, "
        f"{result.file_size / 2**20:.1f} MiB in {result.pause_seconds:.2f} s"
    )
    for warning in result.warnings:
        print(f"warning: {warning}")
    print(f"Browse it in a terminal: heapview {result.path}")
