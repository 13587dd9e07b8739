"""Asks heapview and its peers the same questions about the same heap, each in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING, Any

import setup

if TYPE_CHECKING:
    from pathlib import Path

PACKAGES = ["guppy3", "objgraph", "pympler"]
# What pyheap needs, which no package index has: `HEAPVIEW_PYHEAP` names the folder of its source.
PYHEAP = ["tqdm", "typing_extensions"]
# The workload makes a sixth more objects than it is asked for.
N_OBJECTS = 850_000
LIMIT = 120
QUESTIONS = {
    "types": ("What types are there?", ["heapview", "guppy3", "objgraph", "pympler"]),
    "path near": ("What holds this entry of a cache?", ["heapview", "guppy3", "objgraph"]),
    "path deep": ("What holds this item of an order?", ["heapview", "guppy3", "objgraph"]),
    "retained": ("What would be freed with it?", ["heapview", "guppy3", "pympler", "pyheap"]),
}
NOTES = f"""\
Wall seconds in one run from the question to the answer, building the heap left out; for heapview a dump to \
a file and opening it without an index, which answers the question for every other object too. In brackets: \
`gc.collect()` of the same process, and how far the peak of memory rose. After {LIMIT} s a tool is stopped.

- objgraph counts only objects that the garbage collector tracks, and knows no sizes.
- pympler's `asizeof` is the size of all that the object leads to, whether others keep it or not.
- pyheap is run inside the process without a debugger, without texts of objects: less than it does by itself.
"""


def rows(python: Path) -> list[dict[str, Any]]:
    """Ask every tool every question it has an answer to."""
    found = []
    for question, (_, tools) in QUESTIONS.items():
        for tool in tools:
            if tool != "pyheap" or "HEAPVIEW_PYHEAP" in os.environ:
                found.append(ask(python, tool, question))
                print(json.dumps(found[-1]), flush=True)
    return found


def ask(python: Path, tool: str, question: str) -> dict[str, Any]:
    """Return the tool's answer with its seconds, or that it was stopped."""
    command = [str(python), str(setup.ROOT / "benches/peers/ask.py"), tool, question, str(N_OBJECTS)]
    row: dict[str, Any] = {"tool": tool, "question": question, "seconds": None}
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False, timeout=LIMIT)
    except subprocess.TimeoutExpired:
        return {**row, "why": f"> {LIMIT} (stopped)"}
    if done.returncode != 0:
        return {**row, "why": "failed"}
    row.update(json.loads(done.stdout))
    return row


def table(rows: list[dict[str, Any]]) -> str:
    """Return a table with a line for each question and a column for each tool."""
    tools = list(dict.fromkeys(row["tool"] for row in rows))
    lines = ["| " + " | ".join(["question", *tools]) + " |", "|" + " --- |" * (len(tools) + 1)]
    for question, (text, _) in QUESTIONS.items():
        cells = {row["tool"]: cell(row) for row in rows if row["question"] == question}
        lines.append("| " + " | ".join([text, *(cells.get(tool, "-") for tool in tools)]) + " |")
    return "\n".join(lines)


def cell(row: dict[str, Any]) -> str:
    """Return what is said of one answer."""
    if row["seconds"] is None:
        return str(row["why"])
    return f"{row['seconds']:.2f} ({row['gc_collect_s']:.2f} s, {row['extra_bytes'] / 2**20:.0f} MiB)"
