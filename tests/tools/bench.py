"""`make bench`: runs the benchmarks and files the result under `benches/runs/`."""

from __future__ import annotations

import datetime
import json
import platform
import subprocess
import sys

import setup

N_OBJECTS = 1_000_000
ROUNDS = 11
VERSIONS = [(3, 12), (3, 13)]
COLUMNS = {
    "python": "Python",
    "n_objects": "objects",
    "gc_collect_s": "gc.collect() s",
    "dump_s": "dump s",
    "dump_over_gc_collect": "dump / gc.collect()",
    "extra_bytes_per_object": "extra memory B/object",
    "file_bytes_per_object": "file B/object",
}


def main() -> int:
    """Measure each version found; print and file a table."""
    found = setup.pythons()
    built = setup.wheel()
    rows = []
    for version in VERSIONS:
        if version not in found:
            print(f"Python {version[0]}.{version[1]} was not found: left out")
            continue
        python = setup.venv(version, found[version], setup.TEST_PACKAGES, built)
        command = [str(python), str(setup.ROOT / "benches/dump/bench_dump.py"), str(N_OBJECTS), str(ROUNDS)]
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
    host = f"{platform.system().lower()}-{platform.machine()}"
    folder = setup.ROOT / "benches" / "runs" / f"{datetime.date.today().isoformat()}-{host}"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "dump.json").write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    (folder / "dump.md").write_text(
        f"CPU seconds, medians of {ROUNDS} rounds in one process.\n\n{table}\n", encoding="utf-8"
    )
    print(f"\n{table}\n\nFiled in {folder.relative_to(setup.ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
