"""Runs a program that dumps in a process of its own, which has to end well and to leave no file."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

# What each program begins with: `refused` dumps and returns what the exception says, or an empty text.
PRELUDE = """
import gc, os, resource, signal, sys, heapview
path = sys.argv[1]
def refused():
    try:
        heapview.heapdump(path)
    except heapview.HeapviewError as error:
        assert not os.path.exists(path)
        return str(error)
    assert heapview.load(path, index=False).n_objects > 5_000
    os.unlink(path)
    return ""
def dump():
    assert heapview.heapdump(path).warnings == []
    snapshot = heapview.load(path, index=False)
    os.unlink(path)
    return snapshot
def at(snapshot, thing):
    (found,) = snapshot.find(hex(id(thing)))
    return found
def address_space():
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[0]) * resource.getpagesize()
"""


def run(folder: Path, program: str, *before: str) -> str:
    """Run the program, with the command `before` in front; return what it printed."""
    folder.mkdir(exist_ok=True)
    line = [*before, sys.executable, "-c", PRELUDE + program, str(folder / "snap.rkyv")]
    done = subprocess.run(line, capture_output=True, text=True, timeout=180, check=False)
    assert done.returncode == 0, (done.returncode, done.stdout, done.stderr)
    assert list(folder.iterdir()) == []
    return done.stdout
