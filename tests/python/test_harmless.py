"""The lines that free memory leave the program whole: it leaks, they run in it, and it takes its next steps.

Each program of `harmless/` runs in processes of its own. Objects and bytes must go as it was claimed, no name
of any module may vanish, and the program's own next request, cell or record must work. Runs on one version of
CPython; `HEAPVIEW_HARMLESS` names another, or `all`.
"""

import importlib.util
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from conftest import PROCESSES
from harmless_programs import PROGRAMS

VERSION = ".".join(map(str, sys.version_info[:2]))
WANTED = os.environ.get("HEAPVIEW_HARMLESS", "3.12")
if WANTED not in (VERSION, "all"):
    pytest.skip(f"the leaking programs run on CPython {WANTED}", allow_module_level=True)

TIMEOUT = 900
ENVIRONMENT = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MPLBACKEND": "agg"}


def run(program, folder):
    """Run a program and all its questions; return the answers, or why there are none."""
    words = [sys.executable, PROCESSES / "harmless.py", program.path, folder]
    done = subprocess.run(
        [str(word) for word in words],
        capture_output=True,
        text=True,
        check=False,
        timeout=TIMEOUT,
        env={**os.environ, **ENVIRONMENT},
    )
    if done.returncode:
        return f"{program.name}: {done.stderr[-3000:]}"
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def answers(request, tmp_path_factory):
    """Start all programs that tests were chosen for, two at a time; return what will come of each."""
    folder = tmp_path_factory.mktemp("harmless")
    chosen = {item.callspec.params["program"]: None for item in request.session.items if is_ours(item)}
    wanted = [PROGRAMS[name] for name in chosen if not missing(name)]
    with ThreadPoolExecutor(max_workers=2) as pool:
        yield {program.name: pool.submit(run, program, folder / program.name) for program in wanted}
        pool.shutdown(cancel_futures=True)


def is_ours(item):
    return item.path == Path(__file__) and "program" in getattr(item, "callspec", item).params


def missing(name):
    return [package for package in PROGRAMS[name].requires if importlib.util.find_spec(package) is None]


ASKED = [(name, question) for name, program in PROGRAMS.items() for question in program.questions]


@pytest.mark.parametrize(("program", "question"), ASKED, ids=["-".join(pair) for pair in ASKED])
def test_harmless(answers, program, question):
    if missing(program):
        pytest.skip(f"not installed: {', '.join(missing(program))}")
    answer = answers[program].result()
    assert isinstance(answer, dict), answer
    found = answer[question]
    said = [
        f"{program}: {found['selector']}",
        *(f"    {line}" for line in found["lines"]),
        *(f"  | {line}" for line in found["words"]),
        *(f"BROKEN: {problem}" for problem in found["problems"]),
    ]
    assert not found["problems"], "\n".join(said)
    # Nothing was proved if nothing could be watched.
    assert question not in ("hand", "untouched", "all", "one") or found["n_watched"] or not found["n_asked"]
