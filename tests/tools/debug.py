"""`make stress-debug`: the Python tests and 1,000 dumps of the stress test on CPython built with assertions.

Debug builds fill freed memory, fence each block, and check each object they are handed. Debian sid has them
of 3.14 and 3.15; the wheel for all versions serves them too. About 40 minutes.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

import setup
import sid
import stress
from run_tests import Outcome, pytest_outcome

N_DUMPS = 1_000


def tests(version: tuple[int, int]) -> Outcome:
    """Run pytest on the debug build of `version`."""
    arguments = "-m pytest -q -rs -p no:cacheprovider"
    return pytest_outcome(f"pytest {named(version)}", [*sid.debug_build(version, arguments)])


def dumps(version: tuple[int, int], n_dumps: int) -> bool:
    """Run the stress test on the debug build of `version`; return whether all is well."""
    folder = Path(tempfile.mkdtemp(dir=sid.FOLDER / "tmp"))
    try:
        path = Path("/tmp", folder.name, "snap.rkyv")
        arguments = f"tests/python/processes/stress.py {path} {n_dumps}"
        answer, wrong = stress.measured(sid.debug_build(version, arguments), folder)
        stress.report(named(version), answer, wrong)
        return not wrong
    finally:
        shutil.rmtree(folder)


def named(version: tuple[int, int]) -> str:
    """Return what the debug build of `version` is called."""
    return f"{version[0]}.{version[1]}d"


def main() -> int:
    """Set everything up, run the tests; return 1 if anything is wrong."""
    n_dumps = int(sys.argv[1]) if len(sys.argv) > 1 else N_DUMPS
    try:
        sid.prepare(setup.wheel())
        sid.add_debug_builds()
    except sid.Unavailable as error:
        print(f"debug builds of CPython could not be set up: {error}")
        return 1
    outcomes = [tests(version) for version in sid.VERSIONS]
    stressed = [dumps(version, n_dumps) for version in sid.VERSIONS]
    for outcome in outcomes:
        print(*outcome.closing, sep="\n")
    passed = sum(outcome.passed for outcome in outcomes) + sum(stressed)
    failed = sum(outcome.failed for outcome in outcomes) + len(stressed) - sum(stressed)
    skipped = sum(outcome.skipped for outcome in outcomes)
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
