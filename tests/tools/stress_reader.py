"""`make stress-reader`: files change while they are open and asked, 100 rounds of each kind. About an hour.

`make test` plays one round of each. The rounds are those of `crates/trials/tests/in_place.rs`, and of
`tests/python/test_in_place.py` on the newest CPython.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys

import setup


def main() -> int:
    """Play; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--rounds", type=int, default=100, help="rounds of each kind in Rust; a tenth in Python"
    )
    rounds: int = parser.parse_args().rounds
    rust = ["cargo", "test", "--locked", "-p", "heapview-trials", "--test", "in_place", "--", "--nocapture"]
    env = {**os.environ, "HEAPVIEW_ROUNDS": str(rounds)}
    codes = [subprocess.run(rust, cwd=setup.ROOT, env=env, check=False).returncode]
    found = setup.pythons()
    version = max(found)
    python = setup.venv(version, found[version], setup.TEST_PACKAGES, setup.wheel())
    line = [python, "-m", "pytest", "-q", "tests/python/test_in_place.py", "tests/python/test_interrupt.py"]
    env = {**os.environ, "HEAPVIEW_ROUNDS": str(max(1, rounds // 10))}
    codes.append(subprocess.run(list(map(str, line)), cwd=setup.ROOT, env=env, check=False).returncode)
    return max(codes)


if __name__ == "__main__":
    sys.exit(main())
