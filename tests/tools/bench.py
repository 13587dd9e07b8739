"""`make bench`: runs the benchmarks and files the result under `benches/runs/`."""

from __future__ import annotations

import argparse
import datetime
import json
import platform
import subprocess
import sys
from pathlib import Path
from typing import Any

import engine
import peers
import setup

# The workload makes a sixth more objects than it is asked for.
SIZES = [(850_000, 11), (8_500_000, 5)]
# Heaps of other shapes than a service's, and how many objects each.
SHAPES = [("aged", 8_500_000, 5), ("one dict", 1_000_000, 11), ("dicts", 1_000_000, 11), ("empty", 0, 11)]
PACKAGES = ["numpy", *peers.PACKAGES, *peers.PYHEAP]
VERSIONS = [(3, 12), (3, 13)]
PARTS = ["dump", "engine", "peers"]
COLUMNS = {
    "python": "Python",
    "shape": "heap",
    "n_objects": "objects",
    "gc_collect_s": "gc.collect() s",
    "dump_s": "pause s",
    "whole_call_s": "whole call s",
    "pause_ns_per_object": "pause ns/object",
    "dump_over_gc_collect": "dump / gc.collect()",
    "cpu_over_gc_collect": "CPU of both threads / gc.collect()",
    "cpu_of_walk_over_gc_collect": "CPU of the walk / gc.collect()",
    "fork_pause_over_gc_collect": "pause of fork=True / gc.collect()",
    "guppy_heap_over_dump": "guppy3 heap() / dump",
    "extra_bytes_per_object": "extra memory B/object",
    "file_bytes_per_object": "file B/object",
    "compressed_bytes_per_object": "compressed B/object",
}


def dump_rows(pythons: list[Path]) -> list[dict[str, Any]]:
    """Measure dumps with each interpreter on heaps of each size and shape."""
    rows = []
    heaps = [("service", *size) for size in SIZES] + SHAPES
    for python in pythons:
        for shape, n_objects, rounds in heaps:
            script = setup.ROOT / "benches/dump/bench_dump.py"
            command = [str(python), str(script), str(n_objects), str(rounds), shape]
            done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
            rows.append(json.loads(done.stdout))
            print(json.dumps(rows[-1]), flush=True)
    return rows


def dump_table(rows: list[dict[str, Any]]) -> str:
    """Return a table with a line for each heap."""
    n_rounds = " or ".join(str(n) for _, n in SIZES)
    lines = [
        f"Wall seconds (a dump: how long it holds the GIL), medians of {n_rounds} rounds in one run.",
        "",
        "| " + " | ".join(COLUMNS.values()) + " |",
        "|" + " --- |" * len(COLUMNS),
    ]
    for row in rows:
        cells = [f"{row[name]:,}" if name == "n_objects" else str(row[name]) for name in COLUMNS]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def file(name: str, rows: list[dict[str, Any]], table: str) -> None:
    """Write a part of the result as soon as it is there, and print it."""
    host = f"{platform.system().lower()}-{platform.machine()}"
    folder = setup.ROOT / "benches" / "runs" / f"{datetime.date.today().isoformat()}-{host}"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.json").write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    (folder / f"{name}.md").write_text(table, encoding="utf-8")
    print(f"\n{table}\nFiled in {folder.relative_to(setup.ROOT)}/{name}.md\n", flush=True)


def main() -> int:
    """Measure with each version found; print and file a table for each part."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=PARTS, action="append", help="one part, or several")
    parser.add_argument("--large", action="store_true", help="the engine on 30 million objects, too")
    arguments = parser.parse_args()
    parts = arguments.only or PARTS
    found = setup.pythons()
    built = setup.wheel()
    pythons = []
    for version in VERSIONS:
        if version in found:
            pythons.append(setup.venv(version, found[version], PACKAGES, built, "bench-"))
        else:
            print(f"Python {version[0]}.{version[1]} was not found: left out")
    if "dump" in parts:
        rows = dump_rows(pythons)
        file("dump", rows, dump_table(rows))
    if "engine" in parts:
        rows = engine.rows(pythons[0] if pythons else None, is_large=arguments.large)
        file("engine", rows, engine.table(rows))
    if "peers" in parts and pythons:
        rows = peers.rows(pythons[0])
        file("peers", rows, f"{peers.NOTES}\n{peers.table(rows)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
