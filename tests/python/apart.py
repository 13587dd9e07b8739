"""Runs a program that dumps in a process of its own, which has to end well and to leave no file."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

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


def build(source: Path, folder: Path, *includes: str) -> None:
    """Compile an extension module for this Python into the folder; skip the test where that is impossible."""
    library = folder / f"{source.stem}{sysconfig.get_config_var('EXT_SUFFIX')}"
    folders = [sysconfig.get_path("include"), *includes]
    flags = ["-shared", "-fPIC", "-O2", "-Wall", "-Werror", *(f"-I{folder}" for folder in folders)]
    try:
        command = ["gcc", *flags, str(source), "-o", str(library)]
        built = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("there is no gcc to compile the extension with")
    if "Python.h" in built.stderr:
        pytest.skip(f"there are no headers of CPython in {folders[0]}")
    assert built.returncode == 0, built.stderr
