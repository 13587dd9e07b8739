"""The `%heapdump` magic; imported inside IPython only."""

from __future__ import annotations

import argparse
import datetime
import dis
import os
import shlex
import sys
from collections.abc import Iterable
from types import FrameType
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
        epilog="It returns what heapview.heapdump() does: result = %%heapdump snap.rkyv",
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
    parser.add_argument(
        "--fork", action="store_true", help="let a child process write it while this kernel goes on"
    )
    parser.add_argument(
        "-f", "--overwrite", action="store_true", help="replace a file that is no snapshot, too"
    )
    parser.add_argument("-h", "--help", action="store_true", help="show this and write nothing")
    return parser


def register(shell: Any) -> None:
    """Register the magics with an InteractiveShell."""

    def heapdump(line: str) -> Any:
        result = _heapdump(line)
        return None if _is_to_be_displayed(sys._getframe(), shell.user_global_ns) else result

    heapdump.__doc__ = _parser().format_help()
    shell.register_magic_function(heapdump, magic_kind="line", magic_name="heapdump")


def _heapdump(line: str) -> Any:
    parser = _parser()
    try:
        # A semicolon says to IPython that nothing is to be displayed.
        words = shlex.split(line.rstrip().removesuffix(";"))
    except ValueError as error:
        parser.error(f"{error}".lower())
    options = vars(parser.parse_args(words))
    if options.pop("help"):
        _show(parser.format_help().splitlines())
        return None
    name = " ".join(options.pop("path")) or f"heap-{datetime.datetime.now():%Y%m%d-%H%M%S}.rkyv"
    try:
        result = _heapview.heapdump(os.path.expanduser(name), **options)
    except (_heapview.HeapviewError, OSError) as error:
        raise UsageError(str(error)) from None
    if isinstance(result, _heapview.DumpHandle):
        begun = f"process {result.pid} writes it; this kernel stood still for {result.pause_seconds:.2f} s"
        _show([f"{result.path}: {begun}", "To wait for it: dump = %heapdump --fork ..., then dump.wait()"])
        return result
    lines = [
        f"{result.path}: {result.n_objects:,} objects, {result.n_edges:,} references, "
        f"{result.file_size / 2**20:.1f} MiB in {result.pause_seconds:.2f} s",
        *(f"warning: {warning}" for warning in result.warnings),
        f"Look at it here with heapview.load({str(result.path)!r}), or in a terminal:",
        f"    heapview {shlex.quote(str(result.path))}",
    ]
    _show(lines)
    return result


def _show(lines: Iterable[str]) -> None:
    """Print lines that name files and types: none of them may act on the terminal."""
    for line in lines:
        print(_heapview._printable(line))


def _is_to_be_displayed(frame: FrameType | None, cell: dict[str, Any]) -> bool:
    """Whether the value goes from the cell to the display, and so into `Out`, rather than to a name.

    The lines printed say all that it does. IPython has no way to return a value and not to have it
    displayed, so look at the instruction of the cell that comes after the call.
    """
    while frame is not None and frame.f_globals is not cell:
        frame = frame.f_back
    if frame is None:
        return False
    for instruction in dis.get_instructions(frame.f_code):
        if instruction.offset > frame.f_lasti and instruction.opname not in ("CACHE", "EXTENDED_ARG", "NOP"):
            # Up to 3.11, and from 3.12 on, where the first of the intrinsic functions prints.
            return (instruction.opname, instruction.arg) in (("PRINT_EXPR", None), ("CALL_INTRINSIC_1", 1))
    return False
