"""What the tests share: a dump of this process, the command line, and processes of their own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path
from typing import Any

import heapview
import pytest

PROCESSES = Path(__file__).parent / "processes"
TIMEOUT = 180
# Threads that run at the same time: no GIL, no pymalloc.
FREE_THREADED = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))


# What these test is the same on every version: they run on one, and on the others when all is asked for.
VERSION = ".".join(map(str, sys.version_info[:2]))
OF_THE_ENGINE = ["test_in_place.py", "test_interrupt.py", "test_printable.py", "test_strangers.py"]
IS_CHOSEN = os.environ.get("HEAPVIEW_HARMLESS", VERSION) in (VERSION, "all")
collect_ignore = [] if IS_CHOSEN else OF_THE_ENGINE
# As much time as many others, and the same on every version.
ONCE = [
    "test_memory_runs_out[a large list]",
    "test_memory_runs_out[a large set]",
    "test_children_finish_while_threads_allocate",
    "test_the_child_never_asks_the_c_library_for_memory[malloc]",
]

# These import large libraries, which every later dump of this process would have to walk.
LAST = ("test_pandas", "test_adapters")


def pytest_configure() -> None:
    """Let Ctrl-C be heard: a shell has it ignored by what it starts in the background."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the tests of `LAST` after all others, those of `ONCE` on one version."""
    for item in items:
        if item.name in ONCE and not IS_CHOSEN:
            item.add_marker(pytest.mark.skip(reason="runs on one version, and on all by `make test-all`"))
    items.sort(key=lambda item: item.module.__name__ in LAST)  # type: ignore[attr-defined]


@pytest.fixture
def dump(tmp_path: Path) -> Callable[[], heapview.Snapshot]:
    """Return a function that dumps this process and opens the snapshot."""

    def dump_and_load() -> heapview.Snapshot:
        path = tmp_path / "snap.rkyv"
        heapview.heapdump(path)
        return heapview.load(path, index=False)

    return dump_and_load


@pytest.fixture
def command() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Return a function that runs the command line in a process of its own."""

    def run(*words: object) -> subprocess.CompletedProcess[str]:
        line = [sys.executable, "-m", "heapview", *map(str, words)]
        return subprocess.run(line, capture_output=True, text=True, timeout=TIMEOUT, check=False)

    return run


@pytest.fixture(scope="session")
def process(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Any]:
    """Return a function that runs a program of `processes/` on a fresh path; the answer is its JSON."""
    answers: dict[str, Any] = {}

    def run(program: str) -> Any:
        if program not in answers:
            path = tmp_path_factory.mktemp(program) / "snap.rkyv"
            line = [sys.executable, str(PROCESSES / f"{program}.py"), str(path)]
            done = subprocess.run(line, capture_output=True, text=True, timeout=TIMEOUT, check=False)
            assert done.returncode == 0, done.stderr
            answers[program] = json.loads(done.stdout.splitlines()[-1])
        return answers[program]

    return run


def object_at(snapshot: heapview.Snapshot, obj: object) -> heapview.HeapObject:
    """Return the snapshot's record of a live object."""
    (found,) = snapshot.find(hex(id(obj)))
    return found
