"""A snapshot or its index is written to or cut while it is open: nobody dies or is told what is not so."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from test_browser import Terminal

PROGRAM = """
import heapview, sys
n = int(sys.argv[2])
CACHE = {f"key {number}": {"value": number, "text": f"text {number % 500}"} for number in range(n)}
ROWS = [[number, str(number)] for number in range(n)]
ROWS[3].append(ROWS)
heapview.heapdump(sys.argv[1], compress=sys.argv[3] == "packed")
"""
ASKER = Path(__file__).parent / "processes/ask_while_changed.py"
SENTENCE = "the file was written to or cut while it was open: open it again"
TIMEOUT = 180
# `make stress-reader` plays more.
N_ROUNDS = int(os.environ.get("HEAPVIEW_ROUNDS", "1"))
# All changes on one version; what reads the files is the same on all.
IS_THOROUGH = N_ROUNDS > 1 or sys.version_info[:2] == (3, 12)


def write(path: Path, size: int, form: str) -> None:
    """Dump a process that keeps this many entries and rows."""
    subprocess.run([sys.executable, "-c", PROGRAM, str(path), str(size), form], check=True, timeout=TIMEOUT)


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a snapshot of each form, and a smaller and a larger one of another process."""
    folder = tmp_path_factory.mktemp("samples")
    for form in ("plain", "packed"):
        write(folder / f"{form}.rkyv", 30_000, form)
        write(folder / f"{form}-small.rkyv", 10, form)
        write(folder / f"{form}-large.rkyv", 60_000, form)
    return folder


def overwrite(path: Path, content: bytes) -> None:
    """Do what `cp` does: cut the file, and write another content to it."""
    with path.open("r+b") as file:
        file.truncate(0)
        for start in range(0, len(content), 1 << 16):
            file.write(content[start : start + (1 << 16)])


def overwrite_in_part(path: Path, content: bytes) -> None:
    """Do what `rsync --inplace` does: write without cutting first."""
    with path.open("r+b") as file:
        file.write(content)


def other(samples: Path, form: str, size: str) -> bytes:
    """Return another snapshot."""
    return (samples / f"{form}-{size}.rkyv").read_bytes()


CHANGES: dict[str, Callable[[Path, Path, str], None]] = {
    "cut to nothing": lambda path, samples, form: os.truncate(path, 0),
    "cut in half": lambda path, samples, form: os.truncate(path, path.stat().st_size // 2),
    "larger": lambda path, samples, form: overwrite(path, other(samples, form, "large")),
    "smaller": lambda path, samples, form: overwrite(path, other(samples, form, "small")),
    "in place": lambda path, samples, form: overwrite_in_part(path, other(samples, form, "large")),
    "noise": lambda path, samples, form: overwrite_in_part(path, os.urandom(path.stat().st_size)),
}
NAMES = list(CHANGES) if IS_THOROUGH else ["cut in half"]
SEEN = ["cut to nothing", "smaller", "noise"] if IS_THOROUGH else ["smaller"]


def fresh(folder: Path, samples: Path, form: str) -> tuple[Path, Path]:
    """Copy a snapshot, and have its index written."""
    path = folder / f"{form}.rkyv"
    index = folder / f"{form}.rkyv.idx"
    index.unlink(missing_ok=True)
    shutil.copy(samples / f"{form}.rkyv", path)
    line = [sys.executable, "-m", "heapview", "summary", str(path)]
    subprocess.run(line, check=True, stdout=subprocess.DEVNULL, timeout=TIMEOUT)
    assert index.exists()
    return path, index


def asked(path: Path, change: Callable[[], None], seconds: float) -> dict[str, Any]:
    """Ask in a process of its own, and make the change meanwhile; it must not die."""
    line = [sys.executable, "-X", "faulthandler", str(ASKER), str(path)]
    with subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "open\n"
        time.sleep(seconds)
        change()
        output, _ = process.communicate("stop\n", timeout=TIMEOUT)
    assert process.returncode == 0
    answer: dict[str, Any] = json.loads(output)
    return answer


@pytest.fixture(scope="module")
def expected(samples: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, list[str]]]:
    """What the snapshots answer that nobody touches."""
    found: dict[str, dict[str, list[str]]] = {}
    for form in ("plain", "packed"):
        path, _ = fresh(tmp_path_factory.mktemp(form), samples, form)
        answer = asked(path, lambda: None, 2.0)
        assert answer["errors"] == []
        assert all(len(digests) == 1 for digests in answer["answers"].values())
        found[form] = answer["answers"]
    return found


@pytest.mark.parametrize("victim", ["snapshot", "index"])
@pytest.mark.parametrize(
    "kind", [(name, form) for name in NAMES for form in ("plain", "packed")], ids="-".join
)
def test_a_python_process_lives_on(tmp_path, samples, expected, kind, victim):
    name, form = kind
    chance = random.Random(f"{name} {form} {victim}")
    for _ in range(N_ROUNDS):
        path, index = fresh(tmp_path, samples, form)
        file = path if victim == "snapshot" else index
        answer = asked(path, lambda file=file: CHANGES[name](file, samples, form), chance.random() / 4)
        assert set(answer["errors"]) <= {f"{file}: {SENTENCE}"}
        for question, digests in answer["answers"].items():
            # What this run alone asked was the same each time, before and after.
            assert len(digests) == 1
            assert digests == expected[form].get(question, digests)


WORDS = (
    ["query", "type:str retained>0"],
    ["histogram", "--by", "referrer"],
    ["duplicates"],
    ["waste"],
    ["cycles"],
)


@pytest.mark.parametrize("form", ["plain", "packed"])
@pytest.mark.parametrize("name", NAMES)
def test_a_command_ends_with_its_answer_or_a_sentence(tmp_path, samples, name, form):
    chance = random.Random(f"{name} {form}")
    for number in range(N_ROUNDS * 2):
        path, index = fresh(tmp_path, samples, form)
        words = WORDS[number % len(WORDS)] if N_ROUNDS > 1 else chance.choice(WORDS)
        line = [sys.executable, "-m", "heapview", words[0], str(path), *words[1:], "--json"]
        begin = time.monotonic()
        undisturbed = subprocess.run(line, capture_output=True, text=True, check=True, timeout=TIMEOUT)
        took = time.monotonic() - begin
        process = subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        time.sleep(took * chance.random())
        CHANGES[name](index if number % 2 else path, samples, form)
        output, errors = process.communicate(timeout=TIMEOUT)
        if process.returncode == 0 and errors == "":
            # The old snapshot was read, or the whole of the new one.
            assert output == undisturbed.stdout or name in ("larger", "smaller", "in place")
        else:
            assert process.returncode == 2
            assert len(errors.splitlines()) == 1
            assert errors.startswith("heapview: ")


@pytest.mark.skipif(shutil.which("tmux") is None, reason="needs tmux")
@pytest.mark.parametrize("victim", ["snapshot", "index"])
@pytest.mark.parametrize("name", SEEN)
def test_the_browser_says_so_and_gives_the_terminal_back(tmp_path, samples, name, victim):
    path, index = fresh(tmp_path, samples, "plain")
    terminal = Terminal(150, 40, f"'{sys.executable}' -m heapview '{path}'")
    try:
        terminal.shows("CACHE")
        file = path if victim == "snapshot" else index
        CHANGES[name](file, samples, "plain")
        # One of these reads what has not been read.
        for key in ("2", "3", "6", "7", "8", "p", "d"):
            terminal.ask("send-keys", key)
            time.sleep(0.2)
        pane = terminal.shows("ended with 2")
        assert SENTENCE in pane.replace("\n", "")
        assert str(file) in pane.replace("\n", "")
        assert terminal.is_restored()
    finally:
        terminal.ask("kill-server")
