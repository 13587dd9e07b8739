"""The `%heapdump` magic; imported inside IPython only."""

import argparse
import datetime
import os
import shlex
from collections.abc import Iterable
from typing import Any, NoReturn

from IPython.core.error import UsageError

from heapview import _heapview


class _Parser(argparse.ArgumentParser):
    """Tells the shell of what it does not understand, and never ends the process."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"%heapdump: {message}; %heapdump --help lists the options")


def _parser() -> _Parser:
    parser = _Parser(
        prog="%heapdump",
        description="Write every object of this kernel to a snapshot. Nothing in the kernel changes.",
        add_help=False,
        allow_abbrev=False,
    )
    parser.add_argument("path", nargs="*", help="file to write; without one it is named after the time")
    parser.add_argument(
        "--previews",
        choices=["none", "short", "full"],
        default="short",
        help="how much of values is written: nothing, 64 characters, or 4,096",
    )
    parser.add_argument(
        "--redact", action="store_true", help="hide texts, which still show which are equal, and numbers"
    )
    parser.add_argument("--compress", action="store_true", help="make the file two to four times smaller")
    parser.add_argument("--fork", action="store_true", help="let a child process write it, and wait for it")
    parser.add_argument(
        "-f", "--overwrite", action="store_true", help="replace a file that is no snapshot, too"
    )
    parser.add_argument("-h", "--help", action="store_true", help="show this and write nothing")
    return parser


def register(shell: Any) -> None:
    """Register the magics with an InteractiveShell."""
    _heapdump.__doc__ = _parser().format_help()
    shell.register_magic_function(_heapdump, magic_kind="line", magic_name="heapdump")


def _heapdump(line: str) -> None:
    parser = _parser()
    try:
        words = shlex.split(line)
    except ValueError as error:
        raise UsageError(f"%heapdump: {error}") from None
    options = parser.parse_args(words)
    if options.help:
        _show(parser.format_help().splitlines())
        return
    name = " ".join(options.path) or f"heap-{datetime.datetime.now():%Y%m%d-%H%M%S}.rkyv"
    path = os.path.expanduser(name)
    try:
        made: Any = _heapview.heapdump(
            path,
            previews=options.previews,
            redact=options.redact,
            compress=options.compress,
            fork=options.fork,
            overwrite=options.overwrite,
        )
        result: _heapview.DumpResult = made.wait() if options.fork else made
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
    """Print lines that name files and types: none of them may act on the terminal."""
    for line in lines:
        print(_heapview._printable(line))
