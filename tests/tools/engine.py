"""Runs the engine's benchmark (`benches/engine`) and writes its table."""

from __future__ import annotations

import json
import statistics
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import setup

if TYPE_CHECKING:
    from collections.abc import Callable

# The workload makes a sixth more objects than it is asked for.
SNAPSHOTS = [850_000, 8_500_000]
# With `--large`: 30 million objects, for machines with 16 GB.
LARGE = 25_500_000
SYNTHETIC = 10_000_000
OPENINGS = 5
COMMANDS = ["summary", "histogram", "top", "patterns", "duplicates"]
NOTES = (
    "Wall seconds unless it says CPU; `gc.collect()` is that of the dumped process. A search is a"
    " breadth-first search of the same graph on one thread. Of five openings without an index, each in a"
    " process of its own, the one of median length; of their peaks of memory the greatest."
)


def rows(python: Path | None, is_large: bool) -> list[dict[str, Any]]:
    """Measure on snapshots of the workload, which `python` writes, and on graphs that are made up."""
    sizes = [*SNAPSHOTS, LARGE] if is_large else SNAPSHOTS
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for n_objects in sizes if python else []:
            path = str(Path(folder) / f"{n_objects}.rkyv")
            script = setup.ROOT / "benches/engine/snapshot.py"
            command = [str(python), str(script), str(n_objects), path]
            done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
            found.append({"run": "workload", **json.loads(done.stdout)})
            found += run(["graph", "real", path])
            found += openings(path)
            found += run(["reopen", path])
            found.append(commands(path))
            Path(path).unlink()
    return found + run(["graph", "synthetic", str(SYNTHETIC)]) + run(["adversarial"])


def openings(path: str) -> list[dict[str, Any]]:
    """Open without an index several times; the opening of median length has the greatest peak of all."""
    found = []
    for _ in range(OPENINGS):
        Path(f"{path}.idx").unlink(missing_ok=True)
        found += run(["open", path])
    found.sort(key=lambda row: row["wall_s"])
    found[OPENINGS // 2]["peak_bytes_per_object"] = max(row["peak_bytes_per_object"] for row in found)
    return [found[OPENINGS // 2]]


def commands(path: str) -> dict[str, Any]:
    """Time the commands that people type, from their start to their end, once there is an index."""
    subprocess.run(["cargo", "build", "--quiet", "--release"], check=True, cwd=setup.ROOT)
    program = setup.ROOT / "target" / "release" / "heapview"
    row: dict[str, Any] = {"run": "commands"}
    for command in COMMANDS:
        seconds = []
        for _ in range(OPENINGS):
            start = time.perf_counter()
            subprocess.run([program, command, path], check=True, stdout=subprocess.DEVNULL)
            seconds.append(time.perf_counter() - start)
        row[command] = statistics.median(seconds)
    print(json.dumps(row), flush=True)
    return row


def run(arguments: list[str]) -> list[dict[str, Any]]:
    """Run the benchmark in a process of its own; it prints one line of JSON for each result."""
    command = ["cargo", "bench", "--quiet", "--bench", "engine", "--", *arguments]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, cwd=setup.ROOT)
    found = [{"run": arguments[0], **json.loads(line)} for line in done.stdout.splitlines()]
    for row in found:
        print(json.dumps(row), flush=True)
    return found


def table(rows: list[dict[str, Any]]) -> str:
    """Return a table of the snapshots, a line on the synthetic graph, and a table of the hard graphs."""
    heaps: list[dict[str, Any]] = []
    shapes: dict[str, list[str]] = {}
    synthetic = ""
    for row in rows:
        if row["run"] == "workload":
            heaps.append(dict(row))
        elif row["run"] == "adversarial":
            shapes.setdefault(row["graph"], []).append(f"{row['ns_per_edge']:.0f}")
        elif row.get("graph") == "synthetic":
            synthetic = (
                f"A made-up graph of {row['n_nodes']:,} nodes and {row['n_edges']:,} edges: search"
                f" {row['bfs_s']:.2f}, dominators {row['dominators_s']:.2f}, retained sizes"
                f" {row['retained_s']:.2f}: {row['dominators_and_retained_over_bfs']:.1f} searches."
            )
        else:
            heaps[-1].update(row)
    hard = [
        "Nanoseconds per edge of the dominators, by 10,000, 100,000, ... nodes:",
        "\n".join(f"- {name}: {' / '.join(numbers)}" for name, numbers in shapes.items()),
    ]
    return "\n\n".join([NOTES, of_heaps(heaps), synthetic, *hard]) + "\n"


def of_heaps(heaps: list[dict[str, Any]]) -> str:
    """Return a line for each figure and a column for each heap."""
    figures: dict[str, Callable[[dict[str, Any]], str]] = {
        "objects": lambda heap: f"{heap['n_objects']:,}",
        "`gc.collect()`, CPU": lambda heap: f"{heap['gc_collect_s']:.3f}",
        "breadth-first search, CPU": lambda heap: f"{heap['bfs_s']:.3f}",
        "dominators and retained sizes, in searches": lambda heap: (
            f"{heap['dominators_and_retained_over_bfs']:.1f}"
        ),
        "cheapest path of every object, in collections": lambda heap: (
            f"{heap['paths_s'] / heap['gc_collect_s']:.2f}"
        ),
        "opening to the first screen": lambda heap: f"{heap['wall_s']:.2f}",
        "opening to the first screen, in collections": lambda heap: (
            f"{heap['wall_s'] / heap['gc_collect_s']:.1f}"
        ),
        "the same with an index, ms": lambda heap: f"{heap['reopen_median_ms']:.0f}",
        "writing the index": lambda heap: f"{heap['save_index_s']:.2f}",
        "peak of memory that is no mapped file, B/object": lambda heap: (
            f"{heap['peak_bytes_per_object']:.1f}"
        ),
        "ten paths of one object, slowest of 200, ms, CPU": lambda heap: f"{heap['slowest_10_paths_ms']:.0f}",
        "ten paths, slowest of the 20 with most holders, ms, CPU": lambda heap: (
            f"{heap['slowest_10_paths_of_hub_ms']:.0f}"
        ),
    }
    lines = [[name, *(figure(heap) for heap in heaps)] for name, figure in figures.items()]
    for command in COMMANDS:
        lines.append([f"`heapview {command}` with an index", *(f"{heap[command]:.2f}" for heap in heaps)])
    lines.insert(1, ["---"] * (len(heaps) + 1))
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
