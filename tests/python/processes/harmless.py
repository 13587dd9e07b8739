"""Asks heapview how to free what a program leaks, and runs the answers in it: `harmless.py PROGRAM FOLDER`.

Prints as JSON what each question came to. A program is a script, or a notebook for a real kernel
(`harmless_kernel.py`). Questions: `hand` runs the program's own remedy, which shows that there is one; `all`
asks about the leaked objects together, `one` about one of them; `pasted` about the same, with lines that go
one by one to the interpreter's prompt; `container` about what keeps them, `biggest` about the first row of
`top` with lines; other words are selectors, asked with `--all`.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import textwrap
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import heapview

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
from harmless_programs import Program, constants  # noqa: E402

START = "import sys; sys.path.insert(0, {here!r}); import harmless_target; harmless_target.serve{arguments}"
PATIENCE = 100
# How far people go down the largest objects.
N_ROWS = 12
# Nobody reads more before pasting them.
MAX_LINES = 25
# What the lines and the check take by themselves.
NOISE = 24_000
# Said of what is held, with no line that would show it, these are false.
CLAIMS_GARBAGE = re.compile(r"nothing (holds|keeps)|next collection|already garbage|waits? for the collector")


@dataclass
class Remedy:
    """What heapview says: lines, words, promises."""

    selector: str
    addresses: list[int]
    lines: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    promised: int | None = None
    is_complete: bool = False
    problems: list[str] = field(default_factory=list)


class Target:
    """The leaking process."""

    def __init__(self, program: Path, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.snapshot_path = folder / "snap.rkyv"
        incoming, to_target = os.pipe()
        from_target, outgoing = os.pipe()
        arguments = (str(program), str(self.snapshot_path), incoming, outgoing)
        code = START.format(here=str(HERE), arguments=arguments)
        self.log_path = folder / "log"
        with self.log_path.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", code],
                pass_fds=[incoming, outgoing],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=folder,
            )
        os.close(incoming)
        os.close(outgoing)
        self.requests = os.fdopen(to_target, "w", buffering=1)
        self.answers = os.fdopen(from_target)
        self.ready = self.answer()
        self.leaked: list[tuple[int, str]] = [tuple(row) for row in self.ready["leaked"]]

    def answer(self) -> dict[str, Any]:
        """Return the process' next answer; it ends if there is none."""
        line = self.answers.readline()
        if not line:
            self.process.wait(PATIENCE)
            raise SystemExit(f"the program ended by itself: {self.log()}")
        found: dict[str, Any] = json.loads(line)
        return found

    def attempt(self, lines: list[str], asked: list[int], by_line: bool) -> dict[str, Any]:
        """Have the lines and two next steps run; return what came of it."""
        path = Path(f"{self.snapshot_path}.answer")
        path.unlink(missing_ok=True)
        in_copy = self.can_be_copied
        request = {"lines": lines, "asked": asked, "in_copy": in_copy, "by_line": by_line}
        print(json.dumps(request), file=self.requests)
        if in_copy:
            death = self.answer()["death"]
        else:
            self.requests.close()
            death = None
            try:
                self.process.wait(PATIENCE / 2)
            except subprocess.TimeoutExpired:
                death = "it hangs"
        if not path.exists():
            said = f"{death or 'the process died'}: {self.log()}"
            return {"freed": 0, "n_asked": 0, "n_watched": 0, "n_alive": 0, "problems": [said]}
        found: dict[str, Any] = json.loads(path.read_text())
        return found

    @property
    def can_be_copied(self) -> bool:
        """Say whether a forked copy of the process could go on: its threads would be missing."""
        return self.ready["n_threads"] == 1

    def log(self) -> str:
        """Return the end of what the process printed."""
        return self.log_path.read_text(errors="replace")[-1500:].strip() or "it printed nothing"

    def close(self) -> None:
        """End the process."""
        self.requests.close()
        self.answers.close()
        self.process.kill()
        self.process.wait()


def command(*words: object) -> str:
    """Run the command line and return what it prints."""
    line = [sys.executable, "-m", "heapview", *map(str, words)]
    done = subprocess.run(line, capture_output=True, text=True, timeout=PATIENCE, check=False)
    if done.returncode not in (0, 1):
        raise SystemExit(f"{' '.join(line)} fails: {done.stderr}")
    return done.stdout or done.stderr


def of_all(snapshot_path: Path, selector: str, asked: list[int]) -> Remedy:
    """Ask the command line about all objects that the selector names."""
    remedy = Remedy(f"{selector} --all", asked)
    try:
        text = command("free", snapshot_path, selector, "--all")
        answer = json.loads(command("free", snapshot_path, selector, "--all", "--json"))
    except ValueError:
        remedy.words = text.splitlines()
        return remedy
    except subprocess.TimeoutExpired as error:
        remedy.problems.append(str(error))
        return remedy
    remedy.lines = answer["code"]
    printed = textwrap.indent("\n".join(remedy.lines), "    ")
    if printed not in text:
        remedy.problems.append(f"the text prints other lines than --json has: {text!r}")
    remedy.words = [line for line in text.replace(printed, "").splitlines() if line.strip()]
    remedy.promised = answer["by_code"]["freed_size"] if remedy.lines else 0
    remedy.is_complete = bool(remedy.lines) and answer["by_code"]["n_staying"] == 0
    return remedy


def of_one(found: heapview.HeapObject) -> Remedy:
    """Ask the library about one object."""
    plan = found.how_to_free()
    remedy = Remedy(f"{found.id} {found.type_name}", [found.address], plan.code)
    remedy.words = [*plan.advice, *plan.outcome]
    remedy.promised, remedy.is_complete = plan.freed_size, plan.is_complete
    return remedy


def ask(program: Program, question: str, snapshot_path: Path, leaked: list[tuple[int, str]]) -> Remedy:
    """Return what is to be run for a question."""
    addresses = [address for address, _ in leaked]
    if question in ("hand", "untouched"):
        return Remedy(question, addresses, program.remedy.splitlines(), is_complete=question == "hand")
    if question in program.selectors:
        return of_all(snapshot_path, question, [])
    snapshot = heapview.load(snapshot_path)
    if question == "biggest":
        remedies = [of_one(row) for row in snapshot.top(N_ROWS)]
        return next((remedy for remedy in remedies if remedy.lines), remedies[0])
    (one,) = snapshot.find(hex(addresses[len(addresses) // 2]))
    holder = one.dominator or one.referrers()[0][1]
    if question == "all":
        selector = program.selector or f"type:{one.type_name}"
        if selector == "container":
            selector = hex(holder.address)
        named = {found.address for found in snapshot.find(selector)}
        asked = [address for address in addresses if address in named]
        # A path names what keeps them.
        return of_all(snapshot_path, selector, asked or addresses)
    return of_one(holder if question == "container" else one)


def judge(program: Program, question: str, remedy: Remedy, came: dict[str, Any]) -> list[str]:
    """Say what is wrong with a remedy, from what came of it."""
    problems = [*remedy.problems, *came["problems"]]
    n_alive, freed = came["n_alive"], came["freed"]
    is_about_leak = question in ("hand", "all", "one", "pasted")
    if question == "untouched" and n_alive < came["n_watched"]:
        problems.append(f"only {n_alive} of {came['n_watched']} are alive before anything was done")
    if remedy.is_complete and n_alive:
        problems.append(f"complete, it claims, and {n_alive} of {came['n_watched']} objects are alive")
    elif is_about_leak and program.expects_lines(question) and n_alive:
        problems.append(f"lines are expected, and {n_alive} of {came['n_watched']} objects are alive")
    if remedy.promised is not None and remedy.lines and program.is_measured:
        promised = remedy.promised
        if promised > freed * 1.1 + NOISE:
            problems.append(f"{promised:,} bytes were promised, {freed:,} came")
        # A collection takes other garbage along.
        elif remedy.is_complete and is_about_leak and program.collects and freed > promised * 1.1 + NOISE:
            problems.append(f"only {promised:,} bytes were promised, {freed:,} came")
    if len(remedy.lines) > MAX_LINES:
        problems.append(f"{len(remedy.lines)} lines are to be pasted")
    words = "\n".join(remedy.words)
    problems += [f"it is false that {one!r}: {words!r}" for one in program.false_words if one in words]
    if question == "untouched" or remedy.lines:
        return problems
    if not words.strip():
        problems.append("there are neither lines nor words")
    if is_about_leak and not any(anchor in words for anchor in program.anchors):
        problems.append(f"the words do not name the place: none of {program.anchors} in {words!r}")
    if is_about_leak and program.remedy and "cannot be freed" in words:
        problems.append(f"it can, as the program's own remedy shows: {words!r}")
    if is_about_leak and program.collects and CLAIMS_GARBAGE.search(words):
        problems.append(f"it is held, and this says that it is not: {words!r}")
    return problems


def questions(program: Program) -> dict[str, Any]:
    """Ask and try each question of the program."""
    start: Any = Target
    if program.is_notebook:
        from harmless_kernel import Kernel as start
    folder = Path(sys.argv[2]).resolve()
    answers, target = {}, None
    for question in program.questions:
        if target is None:
            target = start(program.path, folder / question)
        remedy = ask(program, question, target.snapshot_path, target.leaked)
        came = target.attempt(remedy.lines, remedy.addresses, question == "pasted")
        answers[question] = {
            "selector": remedy.selector,
            "lines": remedy.lines,
            "words": remedy.words,
            "is_complete": remedy.is_complete,
            "promised": remedy.promised,
            **came,
            "problems": judge(program, question, remedy, came),
        }
        if not target.can_be_copied:
            target.close()
            target = None
    if target:
        target.close()
    return answers


if __name__ == "__main__":
    print(json.dumps(questions(constants(Path(sys.argv[1]).resolve()))))
