"""Everyday programs that somebody else wrote: a line frees memory, and the program's next step is the same.

Each program of `strangers/` counts in its own way on what it keeps, as its first line says. Those named
`leak_` keep what nothing reads: there must be a line for the first of their selectors.
"""

import ast
import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import PROCESSES

PROGRAMS = sorted((Path(__file__).parent / "strangers").glob("*.py"))
RUN = "__import__('strangers').main()"
TIMEOUT = 240
# Up to 3.9 the interpreter has no list of its own modules, which tells those that are not loaded yet.
OF_LATER_IMPORTS = ["lazy_executor", "lazy_nightly", "lazy_report"]
ENVIRONMENT = {
    "PYTHONPATH": str(PROCESSES),
    "PYTHONDONTWRITEBYTECODE": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MPLBACKEND": "agg",
}


class Program:
    """A program, what it says of itself, and the rest, which is what runs."""

    def __init__(self, path):
        source = path.read_text(encoding="utf-8")
        self.name, self.selectors, self.is_leak, self.imports = path.name, [], False, []
        rest = source.splitlines()
        for statement in ast.parse(source).body:
            if isinstance(statement, ast.Import):
                self.imports += [alias.name for alias in statement.names]
            elif isinstance(statement, ast.ImportFrom):
                self.imports.append(statement.module)
            elif isinstance(statement, ast.Assign) and self.says(statement):
                # The names in it would be taken for the program's own.
                for number in range(statement.lineno - 1, statement.end_lineno):
                    rest[number] = ""
        self.rest = "\n".join(rest)
        assert self.selectors, path
        assert self.is_leak is path.stem.startswith("leak_"), path

    def says(self, statement):
        """Take what an assignment says of the program, if it does."""
        name = getattr(statement.targets[0], "id", None)
        if name == "SELECTORS":
            self.selectors = ast.literal_eval(statement.value)
        elif name == "EXPECT_LINES":
            self.is_leak = ast.literal_eval(statement.value)
        return name in ("SELECTORS", "EXPECT_LINES")

    @property
    def missing(self):
        """Return the packages that are not installed."""
        packages = {name.partition(".")[0] for name in self.imports}
        return sorted(name for name in packages if importlib.util.find_spec(name) is None)


def run(program, folder):
    """Run a program with none and with each of its selectors; return what came of it."""
    (folder / "program.py").write_text(program.rest, encoding="utf-8")
    (folder / "imports").write_text("\n".join(program.imports))
    (folder / "questions").write_text("\n".join(program.selectors))
    (folder / "count").write_text(str(len(program.selectors)))
    done = subprocess.run(
        [sys.executable, "-c", RUN, str(folder)],
        capture_output=True,
        text=True,
        check=False,
        timeout=TIMEOUT,
        stdin=subprocess.DEVNULL,
        env={**os.environ, **ENVIRONMENT, "TMPDIR": str(folder)},
    )
    assert done.returncode == 0, done.stderr
    answers = {}
    for number, selector in enumerate(["control", *program.selectors], -1):
        path = folder / f"{number}.json"
        dead = {"went_wrong": f"it died: {done.stderr[-2000:]}"}
        answers[selector] = json.loads(path.read_text()) if path.exists() else dead
    return answers


@pytest.mark.parametrize("path", PROGRAMS, ids=[path.stem for path in PROGRAMS])
def test_the_next_step_is_the_same(path, tmp_path):
    program = Program(path)
    if sys.version_info < (3, 10) and path.stem in OF_LATER_IMPORTS:
        pytest.skip("not seen on CPython 3.9: modules that a function has still to import")
    if program.missing:
        pytest.skip(f"not installed: {', '.join(program.missing)}")
    answers = run(program, tmp_path)
    broken = [f"{one}: {answer['went_wrong']}" for one, answer in answers.items() if "went_wrong" in answer]
    assert not broken, "\n".join([program.name, *broken])
    before = answers.pop("control")["came_to"]
    changed = [
        f"{program.name}: {selector}\n    {'; '.join(answer['to_paste'])}\n"
        f"    before: {before}\n    after:  {answer['came_to']}"
        for selector, answer in answers.items()
        if answer["came_to"] != before
    ]
    assert not changed, "\n".join(["a line changes the next step", *changed])
    if program.is_leak:
        selector = program.selectors[0]
        answer = answers[selector]
        assert answer["to_paste"], f"{program.name}: no line for {selector}: {answer['in_words']}"
