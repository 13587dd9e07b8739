"""Ctrl-C ends every call of the engine at once, and leaves nothing half done."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

PROGRAM = Path(__file__).parent / "processes/interrupted.py"
# As long as a person waits without noticing.
PATIENCE = 0.3
# The full size on one version; what is tested is the same on all.
N_OBJECTS, N_TIMES = (2_000_000, 2) if sys.version_info[:2] == (3, 13) else (200_000, 1)


def test_every_call_hears_sigint_at_once_and_answers_afterwards(tmp_path):
    line = [sys.executable, str(PROGRAM), str(tmp_path / "snap.rkyv"), str(N_OBJECTS), str(N_TIMES)]
    done = subprocess.run(line, capture_output=True, text=True, timeout=1800, check=False)
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout.splitlines()[-1])
    assert answer["n_objects"] > N_OBJECTS * 0.8
    n_interrupted = 0
    for name, row in answer["calls"].items():
        delays = [delay for delay in row["delays"] if delay is not None]
        # Where others use the machine, it is they who are waited for now and then.
        assert not delays or min(delays) < PATIENCE, f"{name}: {row}"
        n_interrupted += len(delays)
    assert n_interrupted > len(answer["calls"]) / 2
    assert sum(delay > PATIENCE for row in answer["calls"].values() for delay in row["delays"] if delay) <= 3


@pytest.mark.parametrize("words", [["summary"], ["query", "path:x"]])
def test_the_command_dies_of_sigint_at_once(tmp_path, words):
    path = tmp_path / "snap.rkyv"
    program = "import heapview, sys; x = [[] for _ in range(1_000_000)]; heapview.heapdump(sys.argv[1])"
    subprocess.run([sys.executable, "-c", program, str(path)], check=True)
    line = [sys.executable, "-m", "heapview", words[0], "--no-index", str(path), *words[1:]]
    process = subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    time.sleep(0.4)
    begin = time.monotonic()
    os.kill(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert time.monotonic() - begin < 5 * PATIENCE
    # As a shell says it: 130. Who was done before is fine as well.
    assert process.returncode in (-signal.SIGINT, 0)
    assert errors == b""
