"""`make stress`: 1,000 dumps on each CPython found while eight threads change the heap. About 10 minutes.

The load and what is checked are in `tests/python/processes/stress.py`; `make test` runs 20 dumps of it.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import setup

N_DUMPS = 1_000
PROGRAM = setup.ROOT / "tests/python/processes/stress.py"
# A crash is a result; a process that stands still is one, too.
TIMEOUT = 3_600


def stress(python: Path, n_dumps: int) -> tuple[dict[str, Any], list[str]]:
    """Run the program; return what it measured and what is wrong."""
    with tempfile.TemporaryDirectory() as folder:
        line = [str(python), "-X", "faulthandler", str(PROGRAM), f"{folder}/snap.rkyv", str(n_dumps)]
        return measured(line, Path(folder))


def measured(line: list[str], folder: Path) -> tuple[dict[str, Any], list[str]]:
    """Run a command that dumps into `folder`; return what it measured and what is wrong."""
    try:
        done = subprocess.run(line, capture_output=True, text=True, timeout=TIMEOUT, check=False)
    except subprocess.TimeoutExpired:
        return {}, [f"stood still for {TIMEOUT} s"]
    if done.returncode != 0:
        return {}, [f"exit code {done.returncode}: {done.stderr}"]
    left = [entry.name for entry in folder.iterdir() if entry.name != "snap.rkyv"]
    answer = json.loads(done.stdout.splitlines()[-1])
    return answer, answer["complaints"] + [f"left behind: {name}" for name in left]


def report(version: str, answer: dict[str, Any], wrong: list[str]) -> None:
    """Print the lines of one version."""
    name = f"CPython {version}"
    if answer:
        fewest, most = answer["n_objects"]
        print(
            f"{name}: {answer['n_dumps']:,} dumps of {fewest:,} to {most:,} objects in "
            f"{answer['seconds']} s, pause {answer['pause_ms']} ms (median), {answer['n_opened']} "
            "snapshots opened; after warm-up "
            f"resident {answer['resident_mb'][0]} to {answer['resident_mb'][-1]} MB, "
            f"blocks {answer['blocks'][0]:,} to {answer['blocks'][-1]:,}: {'FAILED' if wrong else 'ok'}"
        )
    for complaint in wrong:
        print(f"{name}: FAILED: {complaint}")
    sys.stdout.flush()


def main() -> int:
    """Stress every version found, two at a time; return 1 if anything is wrong."""
    n_dumps = int(sys.argv[1]) if len(sys.argv) > 1 else N_DUMPS
    built = setup.wheel()
    pythons = {
        version: setup.venv(version, interpreter, setup.TEST_PACKAGES, built)
        for version, interpreter in setup.pythons().items()
    }
    print(f"{n_dumps:,} dumps on each of {len(pythons)} versions: about 2 minutes for a version", flush=True)
    with ThreadPoolExecutor(max_workers=2) as pool:
        results = pool.map(lambda python: stress(python, n_dumps), pythons.values())
        failed = False
        for version, (answer, wrong) in zip(pythons, results):
            report(f"{version[0]}.{version[1]}", answer, wrong)
            failed |= bool(wrong)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
