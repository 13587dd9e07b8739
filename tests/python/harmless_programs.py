"""What the programs in `harmless/` say of themselves, read without running them."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path
from typing import Any

NAMES = ["REQUIRES", "EXPECTS", "EXPECTS_OF_ONE", "REMEDY", "ANCHORS", "SELECTOR", "SELECTORS", "FALSE_WORDS"]
NAMES += ["LEAKS", "COLLECTS", "MEASURED"]
FOLDER = Path(__file__).resolve().parent / "harmless"


@dataclass
class Program:
    """One leaking program, and what can be expected of an answer."""

    path: Path
    # Packages that it imports.
    requires: list[str]
    # Whether rules for all programs can be expected to find lines, or words will do.
    expects: str
    expects_of_one: str
    # Lines that free all and do no harm, written by hand.
    remedy: str
    # Words of which one names the place, when there are no lines.
    anchors: list[str]
    # Names all that is leaked; without one it is the type of what is leaked. `container` is what keeps it.
    selector: str
    # What else is asked about; of a program without a leak all that is.
    selectors: list[str]
    # What would be false to say.
    false_words: list[str]
    leaks: bool
    # Whether the garbage is collected before the dump: not where garbage is what leaks.
    collects: bool
    # Whether `tracemalloc` sees the memory.
    is_measured: bool
    is_notebook: bool

    @property
    def name(self) -> str:
        """Return the name of the program."""
        return self.path.stem

    def expects_lines(self, question: str) -> bool:
        """Say whether lines are expected for a question about what leaks."""
        return (self.expects_of_one if question in ("one", "pasted") else self.expects) == "lines"

    @property
    def questions(self) -> list[str]:
        """Return what is asked about it."""
        sound = "hand" if self.remedy else "untouched"
        of_leak = ["all", "one", "container"] if self.leaks else []
        if self.leaks and not self.is_notebook:
            of_leak.append("pasted")
        return [sound, *of_leak, "biggest", *self.selectors]


def constants(path: Path) -> Program:
    """Read what a program says of itself."""
    source = path.read_text(encoding="utf-8")
    found: dict[str, Any] = {}
    for statement in ast.parse(source).body:
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            name = statement.targets[0].id
            if name in NAMES:
                found[name] = ast.literal_eval(statement.value)
    return Program(
        path,
        found.get("REQUIRES", []),
        found.get("EXPECTS", "words"),
        found.get("EXPECTS_OF_ONE", found.get("EXPECTS", "words")),
        found.get("REMEDY", "").strip("\n"),
        found.get("ANCHORS", []),
        found.get("SELECTOR", ""),
        found.get("SELECTORS", []),
        found.get("FALSE_WORDS", []),
        found.get("LEAKS", True),
        found.get("COLLECTS", True),
        found.get("MEASURED", True),
        "\n# %%" in source,
    )


PROGRAMS = {path.stem: constants(path) for path in sorted(FOLDER.glob("*.py"))}
