"""The `%heapdump` magic; imported inside IPython only."""

import datetime
import os
import shlex
from collections.abc import Iterable
from typing import Any

from IPython.core.error import UsageError
from IPython.core.magic_arguments import argument, magic_arguments, parse_argstring

from heapview import _heapview


def register(shell: Any) -> None:
    """Register the magics with an InteractiveShell."""
    shell.register_magic_function(heapdump, magic_kind="line", magic_name="heapdump")


@magic_arguments()
@argument("path", nargs="*", help="file to write; without one it is named after the time")
@argument(
    "--previews",
    choices=["none", "short", "full"],
    default="short",
    help="how much of values is written: nothing, 64 characters, or 4,096",
)
@argument("--redact", action="store_true", help="hide texts, which still show which are equal, and numbers")
@argument("--compress", action="store_true", help="make the file two to four times smaller")
@argument("--fork", action="store_true", help="let a child process write it, and wait for that")
@argument("-h", "--help", action="store_true", help="show this")
@argument("-f", "--overwrite", action="store_true", help="replace a file that is no snapshot, too")
def heapdump(line: str) -> None:
    """Write every object of this kernel to a snapshot. The dump changes nothing in the kernel."""
    if {"-h", "--help"} & set(line.split()):
        _show(heapdump.parser.format_help().splitlines())
        return
    options = parse_argstring(heapdump, line)
    # What the shell passes on still has its quotes, and a name with spaces may come without any.
    path = " ".join(word.strip("'\"") for word in options.path)
    path = os.path.expanduser(path) if path else f"heap-{datetime.datetime.now():%Y%m%d-%H%M%S}.rkyv"
    try:
        result = _heapview.heapdump(
            path,
            previews=options.previews,
            redact=options.redact,
            compress=options.compress,
            fork=options.fork,
            overwrite=options.overwrite,
        )
        if isinstance(result, _heapview.DumpHandle):
            result = result.wait()
    except (_heapview.HeapviewError, OSError) as error:
        raise UsageError(str(error)) from None
    lines = [
        f"{result.path}: {result.n_objects:,} objects, {result.n_edges:,} references, "
        f"{result.file_size / 2**20:.1f} MiB in {result.pause_seconds:.2f} s",
        *(f"warning: {warning}" for warning in result.warnings),
        f"Look at it here with heapview.load({str(result.path)!r}), or in a terminal:",
        f"    heapview {shlex.quote(str(result.path))}",
    ]
    _show(lines)


def _show(lines: Iterable[str]) -> None:
    """Print the lines so that no name in them acts on a terminal."""
    print(*map(_heapview._printable, lines), sep="\n")
