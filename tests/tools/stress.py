"""`make stress`: 1,000 dumps on each CPython found while eight threads change the heap. About 10 minutes.

The load, and most of what is checked, are in `tests/python/processes/stress.py`; `make test` dumps 20 times.
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
    """Run the program, twice more where memory grows without dumps; return the measures and what is wrong."""
    with tempfile.TemporaryDirectory() as folder:
        line = [str(python), "-X", "faulthandler", str(PROGRAM), f"{folder}/snap.rkyv"]
        answer, wrong = measured([*line, str(n_dumps)], Path(folder))
        if answer.get("is_free_threaded"):
            rounds = json.dumps(answer["rounds"])
            replays = [measured([*line, str(often), rounds], Path(folder)) for often in (n_dumps, 0)]
            answer["replays"] = [replay for replay, _ in replays if replay]
            wrong += [f"replay: {complaint}" for _, complaints in replays for complaint in complaints]
            if len(answer["replays"]) == 2:
                wrong += compared(*answer["replays"])
        return answer, wrong


def compared(answer: dict[str, Any], control: dict[str, Any]) -> list[str]:
    """Say what grew that did not grow in the same work without dumps.

    Functions and classes never die in 3.13t (https://github.com/python/cpython/issues/117783), and what
    threads that have ended leave is reused late. How scattered that lies depends on who waits when, so that
    pages vary more than blocks do; a dump that leaves something behind shows while the threads wait.
    """
    found = []
    for what, least, share in (("resident_mb", 20, 2), ("blocks", 400, 20)):
        with_dumps, without = (each[what][-1] - each[what][0] for each in (answer, control))
        if with_dumps - without > max(least, without / share):
            found.append(f"{what} grew by {with_dumps:,.0f}, and by {without:,.0f} without dumps")
    return found


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
        print(f"{name}: while the threads waited: {grown(answer['quiet'])}")
        for replay in answer.get("replays", []):
            print(f"{name}: the same rounds with {replay['n_dumps']:,} dumps: {grown(replay)}")
    for complaint in wrong:
        print(f"{name}: FAILED: {complaint}")
    sys.stdout.flush()


def grown(answer: dict[str, Any]) -> str:
    """Return the first and the last of what was measured."""
    resident, blocks = answer["resident_mb"], answer["blocks"]
    return f"resident {resident[0]} to {resident[-1]} MB, blocks {blocks[0]:,} to {blocks[-1]:,}"


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
