"""`make fuzz`: looks for inputs that break the reader, the index and the parsers, by coverage, until Ctrl-C.

libFuzzer runs the targets of `crates/trials/src/bin/`. `cargo test` runs them as well, with what chance makes
and for some seconds; here the compiler counts which branches an input takes. That needs flags that rustc has
on any toolchain, and a C++ compiler. What takes new branches is kept in `.build/fuzz/`, and what breaks
something, too.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

import setup

TARGETS = ("reader", "index", "texts")
# https://llvm.org/docs/LibFuzzer.html#fuzzer-usage; what cargo-fuzz passes when no sanitizer is wanted.
FLAGS = (
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "-Ccodegen-units=1",
    "-Cdebug-assertions",
    "--cfg=fuzzing",
)
FOLDER = setup.BUILD / "fuzz"
# Megabytes: the inputs are short, and nothing that they claim may be believed.
MAX_MEMORY = 2_048
MAX_INPUT_LEN = 1 << 18
SLOWEST = 60


def build() -> Path:
    """Build the targets; return their folder."""
    host = subprocess.run(["rustc", "-vV"], capture_output=True, text=True, check=True).stdout
    (triple,) = (line.removeprefix("host: ") for line in host.splitlines() if line.startswith("host: "))
    # With `--target` the flags are not for build scripts and macros.
    line: list[str | Path] = ["cargo", "build", "--locked", "--release", "-p", "heapview-trials"]
    line += ["--features", "libfuzzer"]
    line += ["--bins", "--target", triple, "--target-dir", str(FOLDER / "target")]
    env = {
        **os.environ,
        "CARGO_ENCODED_RUSTFLAGS": "\x1f".join(FLAGS),
        "CARGO_PROFILE_RELEASE_LTO": "off",
        "CARGO_PROFILE_RELEASE_OVERFLOW_CHECKS": "true",
    }
    setup.run(line, env=env)
    return FOLDER / "target" / triple / "release"


def corpus() -> None:
    """Write the inputs to begin with."""
    line = ["cargo", "run", "--locked", "--quiet", "-p", "heapview-trials", "--example", "corpus"]
    setup.run([*line, "--", FOLDER / "seeds"])


def start(target: str, programs: Path, seconds: int) -> subprocess.Popen[bytes]:
    """Start one target."""
    found, broken = FOLDER / target, FOLDER / "broken"
    for folder in (found, broken):
        folder.mkdir(parents=True, exist_ok=True)
    line: list[str | Path] = [
        programs / f"fuzz-{target}",
        found,
        FOLDER / "seeds" / target,
        f"-artifact_prefix={broken}/{target}-",
        f"-rss_limit_mb={MAX_MEMORY}",
        f"-max_len={MAX_INPUT_LEN}",
        f"-timeout={SLOWEST}",
        f"-max_total_time={seconds}",
        "-print_final_stats=1",
        "-verbosity=0",
    ]
    log = (FOLDER / f"{target}.log").open("wb")
    return subprocess.Popen(
        [str(word) for word in line], cwd=setup.ROOT, stdout=log, stderr=subprocess.STDOUT
    )


def report(target: str, code: int) -> bool:
    """Print what a target came to; return whether it broke nothing."""
    lines = (FOLDER / f"{target}.log").read_text(errors="replace").splitlines()
    stats = [line.removeprefix("stat::") for line in lines if line.startswith("stat::")]
    print(f"{target}: {'; '.join(' '.join(stat.split()) for stat in stats) or 'stopped'}")
    if code not in (0, -2):
        print("\n".join(lines[-40:]))
    return code in (0, -2)


def main() -> int:
    """Run all targets side by side; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=0, help="how long; 0 until Ctrl-C")
    parser.add_argument("--only", choices=TARGETS, help="one target alone")
    options = parser.parse_args()
    programs = build()
    corpus()
    targets = [options.only] if options.only else list(TARGETS)
    running = {target: start(target, programs, options.seconds) for target in targets}
    try:
        while any(process.poll() is None for process in running.values()):
            time.sleep(1)
            if any(process.poll() not in (None, 0) for process in running.values()):
                break
    except KeyboardInterrupt:
        print()
    for process in running.values():
        if process.poll() is None:
            process.terminate()
    return 0 if all([report(target, process.wait()) for target, process in running.items()]) else 1


if __name__ == "__main__":
    sys.exit(main())
