"""What is printed is true in the live process: paths evaluate, plans free, bytes are those that go.

Each sample program runs in a process of its own; each plan runs in a forked copy of it.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import FREE_THREADED

ROOT = Path(__file__).resolve().parent.parent.parent
# Of fewer bytes two hundredths are lost in what the interpreter does by itself.
LARGE = 5_000
# Objects tried of each program: all of 200 on one version, fewer on the others.
IS_THOROUGH = sys.version_info[:2] == (3, 12)
PROGRAMS = ["caches", "exceptions", "tasks", "threads", "frames", "notebook", "web"]
N_OBJECTS = 30 if IS_THOROUGH else 12
# Bytes that executing a plan takes, or that wait in a free list for their next use: up to 3.10 frames,
# contexts and the blocks of deques do so even after a collection.
NOISE, TOLERANCE = (600, 0.02) if sys.version_info >= (3, 11) else (1200, 0.1)
if FREE_THREADED and sys.version_info < (3, 14):
    # Eight kilobytes are taken meanwhile, whatever goes.
    NOISE = 9000


@pytest.fixture(scope="module", params=PROGRAMS)
def answer(request, tmp_path_factory):
    path = tmp_path_factory.mktemp(request.param) / "snap.rkyv"
    program = ROOT / "samples" / "programs" / f"{request.param}.py"
    truth = Path(__file__).parent / "processes" / "truth.py"
    words = [sys.executable, "-X", "tracemalloc", truth, path, program, N_OBJECTS]
    done = subprocess.run(list(map(str, words)), capture_output=True, text=True, timeout=400, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_enough_was_tried(answer):
    # What only a library, a running function or one of a kind holds has words instead of lines: in some
    # programs that is nearly everything.
    assert any(row["is_own"] for row in answer["tried"])
    assert answer["n_paths"] >= N_OBJECTS * 2 / 3


def test_every_path_evaluates_to_the_object(answer):
    assert answer["wrong_paths"] == []


def test_every_plan_runs_and_frees_its_object(answer):
    assert answer["failed"] == []
    assert [row for row in answer["tried"] if not row["is_gone"]] == []


def test_as_many_bytes_go_as_predicted(answer):
    own = [row for row in answer["tried"] if row["is_own"] and row["predicted"] >= LARGE]
    assert own or not IS_THOROUGH
    wrong = [
        row for row in own if abs(row["freed"] - row["predicted"]) > max(row["predicted"] * TOLERANCE, NOISE)
    ]
    assert wrong == []
