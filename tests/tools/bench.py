"""`make bench`: runs the benchmarks and files the result under `benches/runs/`."""

from __future__ import annotations

import datetime
import json
import platform
import subprocess
import sys

import engine
import peers
import setup

# The workload makes a sixth more objects than it is asked for.
SIZES = [(850_000, 11), (8_500_000, 5)]
PACKAGES = ["numpy", *peers.PACKAGES, *peers.PYHEAP]
VERSIONS = [(3, 12), (3, 13)]
COLUMNS = {
    "python": "Python",
    "n_objects": "objects",
    "gc_collect_s": "gc.collect() s",
    "dump_s": "dump s",
    "dump_over_gc_collect": "dump / gc.collect()",
    "cpu_over_gc_collect": "CPU of both threads / gc.collect()",
    "cpu_of_walk_over_gc_collect": "CPU of the walk / gc.collect()",
    "fork_pause_over_gc_collect": "pause of fork=True / gc.collect()",
    "guppy_heap_over_dump": "guppy3 heap() / dump",
    "extra_bytes_per_object": "extra memory B/object",
    "file_bytes_per_object": "file B/object",
    "compressed_bytes_per_object": "compressed B/object",
}


def main() -> int:
    """Measure each version found; print and file a table."""
    found = setup.pythons()
    built = setup.wheel()
    rows = []
    python = None
    for version in VERSIONS:
        if version not in found:
            print(f"Python {version[0]}.{version[1]} was not found: left out")
            continue
        python = setup.venv(version, found[version], PACKAGES, built, "bench-")
        for n_objects, rounds in SIZES:
            script = setup.ROOT / "benches/dump/bench_dump.py"
            command = [str(python), str(script), str(n_objects), str(rounds)]
            done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
            rows.append(json.loads(done.stdout))
    lines = ["| " + " | ".join(COLUMNS.values()) + " |", "|" + " --- |" * len(COLUMNS)]
    lines += [
        "| "
        + " | ".join(f"{row[name]:,}" if name == "n_objects" else str(row[name]) for name in COLUMNS)
        + " |"
        for row in rows
    ]
    table = "\n".join(lines)
    of_engine = engine.rows(python, is_large="--large" in sys.argv)
    comparison = peers.rows(python) if python else []
    host = f"{platform.system().lower()}-{platform.machine()}"
    folder = setup.ROOT / "benches" / "runs" / f"{datetime.date.today().isoformat()}-{host}"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "dump.json").write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    n_rounds = " or ".join(str(n) for _, n in SIZES)
    units = f"Wall seconds (a dump: how long it holds the GIL), medians of {n_rounds} rounds in one run."
    (folder / "dump.md").write_text(f"{units}\n\n{table}\n", encoding="utf-8")
    (folder / "engine.json").write_text(json.dumps(of_engine, indent=1) + "\n", encoding="utf-8")
    (folder / "engine.md").write_text(engine.table(of_engine), encoding="utf-8")
    compared = f"{peers.NOTES}\n{peers.table(comparison)}\n"
    (folder / "peers.json").write_text(json.dumps(comparison, indent=1) + "\n", encoding="utf-8")
    (folder / "peers.md").write_text(compared, encoding="utf-8")
    print(f"\n{table}\n\n{engine.table(of_engine)}\n{compared}\nFiled in {folder.relative_to(setup.ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
