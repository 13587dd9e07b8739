"""`make test`: sets up and runs everything, all of it even if a part fails, and ends on the counts.

Three groups run side by side, the longest first: Rust (tests, lints), which needs no wheel and begins while
one is built; pytest on the version that the leaking programs run on; pytest on the versions that come from
Debian sid; pytest on every other version found; the lints of Python.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import setup
import sid

PRINTING = threading.Lock()
CARGO_COUNT = re.compile(r"^test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored", re.MULTILINE)
FUZZED = re.compile(r"^fuzz \w+: .*$", re.MULTILINE)
# How long each of four kinds of damaged input is tried; two kinds at once where there are two processors.
FUZZ_SECONDS = 30
PYTEST_COUNT = re.compile(r"(\d+) (passed|failed|errors?|skipped)")


@dataclass
class Outcome:
    """What a group of tests came to."""

    name: str
    passed: int
    failed: int
    skipped: int
    closing: list[str]


def execute(name: str, command: list[str | Path], env: dict[str, str]) -> tuple[int, str]:
    """Run one group; print its output in one piece when it is done."""
    done = subprocess.run(
        [str(word) for word in command],
        cwd=setup.ROOT,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    with PRINTING:
        print(f"\n=== {name}: {' '.join(str(word) for word in command)}\n{done.stdout}", flush=True)
    return done.returncode, done.stdout


def check(name: str, command: list[str | Path], env: dict[str, str]) -> Outcome:
    """Run a lint: one test that passes or fails."""
    code, _ = execute(name, command, env)
    return Outcome(name, int(code == 0), int(code != 0), 0, [f"{name}: {'clean' if code == 0 else 'FAILED'}"])


def cargo_tests(name: str, command: list[str | Path], env: dict[str, str]) -> Outcome:
    """Run Rust tests; count what every test binary says."""
    code, output = execute(name, command, env)
    counts = [tuple(int(count) for count in found) for found in CARGO_COUNT.findall(output)]
    passed, failed, ignored = (sum(column) for column in zip(*counts)) if counts else (0, 0, 0)
    if code != 0 and failed == 0:
        failed = 1
    verdict = "ok" if failed == 0 else "FAILED"
    closing = f"test result: {verdict}. {passed} passed; {failed} failed; {ignored} ignored"
    return Outcome(name, passed, failed, ignored, [*FUZZED.findall(output), closing])


def python_tests(version: tuple[int, int], interpreter: Path, built: Path, harmless: str) -> list[Outcome]:
    """Run pytest on one version of CPython; the leaking programs run if it is that of `harmless`."""
    name = f"pytest {version[0]}.{version[1]}"
    is_chosen = harmless == f"{version[0]}.{version[1]}"
    packages = [*setup.TEST_PACKAGES, *(setup.HARMLESS_PACKAGES if is_chosen else [])]
    try:
        python = setup.venv(version, interpreter, packages, built)
    except SystemExit as error:
        return [Outcome(name, 0, 1, 0, [f"{name}: {error}"])]
    if harmless == "all":
        setup.install_each(python, setup.HARMLESS_PACKAGES, name)
    if harmless == "all" or is_chosen:
        setup.install_each(python, setup.COMPILED_PACKAGES, name)
    return [pytest_outcome(name, [python, "-m", "pytest", "-q"])]


def leaking_programs_on(found: Collection[tuple[int, int]]) -> str:
    """Return the version that the leaking programs run on."""
    chosen = next((version for version in setup.HARMLESS_VERSIONS if version in found), max(found))
    return f"{chosen[0]}.{chosen[1]}"


def sid_tests(versions: list[tuple[int, int]], built: Path, harmless: str) -> list[Outcome]:
    """Run pytest on the versions that are only to be had from Debian sid."""
    names = {version: f"pytest {version[0]}.{version[1]} (Debian sid)" for version in versions}
    try:
        sid.prepare(built)
        if harmless == "all":
            sid.add_packages(setup.HARMLESS_PACKAGES)
    except sid.Unavailable as error:
        return [
            Outcome(name, 0, 0, 1, [f"{name}: SKIPPED, ALL ITS TESTS: sid could not be set up: {error}"])
            for name in names.values()
        ]
    return [pytest_outcome(name, sid.pytest(version)) for version, name in names.items()]


def pytest_outcome(name: str, command: list[str | Path]) -> Outcome:
    """Run pytest and read its last line."""
    code, output = execute(name, command, dict(os.environ))
    last = output.strip().splitlines()[-1] if output.strip() else "no output"
    counts = {kind: int(count) for count, kind in PYTEST_COUNT.findall(last)}
    failed = counts.get("failed", 0) + counts.get("error", 0) + counts.get("errors", 0)
    if code != 0 and failed == 0:
        failed = 1
    return Outcome(name, counts.get("passed", 0), failed, counts.get("skipped", 0), [f"{name}: {last}"])


def rust_environment(interpreter: Path) -> dict[str, str]:
    """Return an environment in which the dumper's tests find the library of their Python."""
    probe = "import sysconfig; print(sysconfig.get_config_var('LIBDIR'))"
    folder = subprocess.run(
        [str(interpreter), "-c", probe], capture_output=True, text=True, check=True
    ).stdout.strip()
    env = setup.environment()
    libraries = os.pathsep.join(filter(None, [folder, env.get("LD_LIBRARY_PATH")]))
    return {
        **env,
        "PYO3_PYTHON": str(interpreter),
        "LD_LIBRARY_PATH": libraries,
        "RUSTFLAGS": env.get("RUSTFLAGS", ""),
    }


def rust_lints(env: dict[str, str]) -> list[Outcome]:
    """Check format and run clippy on all crates."""
    clippy: list[str | Path] = [
        "cargo",
        "clippy",
        "--workspace",
        "--all-targets",
        "--locked",
        "--",
        "-D",
        "warnings",
    ]
    return [check("rustfmt", ["cargo", "fmt", "--all", "--check"], env), check("clippy", clippy, env)]


def rust_tests(env: dict[str, str]) -> list[Outcome]:
    """Run the tests of all crates, and the documentation's examples."""
    fuzzing = {**env, "HEAPVIEW_SECONDS": str(FUZZ_SECONDS)}
    return [
        cargo_tests("cargo test", ["cargo", "test", "--locked", "--no-fail-fast"], fuzzing),
        cargo_tests(
            "cargo test dumper", ["cargo", "test", "--locked", "-p", "heapview-dumper", "--lib"], env
        ),
    ]


def python_lints(python: Path, built: Path) -> list[Outcome]:
    """Check style and types of the Python sources, and the stub against the extension."""
    env = setup.environment()
    setup.install(python, ["--reinstall-package", "heapview", "--no-deps", built])
    return [
        check("ruff check", [python, "-m", "ruff", "check", "."], env),
        check("ruff format", [python, "-m", "ruff", "format", "--check", "."], env),
        check("mypy", [python, "-m", "mypy"], env),
        check("stubtest", [python, "-m", "mypy.stubtest", "heapview._heapview"], env),
    ]


def main() -> int:
    """Run the groups asked for; return 1 if any failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=["lint", "rust", "python"])
    parser.add_argument("--all", action="store_true", help="run the leaking programs on every version")
    arguments = parser.parse_args()
    only = arguments.only
    python = setup.tools_python()
    found = setup.pythons()
    newest = setup.newest_python()
    env = rust_environment(newest)
    harmless = os.environ["HEAPVIEW_HARMLESS"] = "all" if arguments.all else leaking_programs_on(found)

    def rust() -> list[Outcome]:
        tests = rust_tests(env) if only in (None, "rust") else []
        lints = rust_lints(env) if only in (None, "lint", "rust") else []
        return tests + lints

    absent = [version for version in setup.VERSIONS if version not in found]
    from_sid = [version for version in absent if version in sid.VERSIONS]
    with ThreadPoolExecutor(max_workers=3) as pool:
        groups = [pool.submit(rust)]
        built = setup.wheel()
        if only in (None, "python"):
            longest, *others = sorted(found, key=lambda one: harmless != f"{one[0]}.{one[1]}")
            groups.append(pool.submit(python_tests, longest, found[longest], built, harmless))
            if from_sid:
                groups.append(pool.submit(sid_tests, from_sid, built, harmless))
            groups += [pool.submit(python_tests, one, found[one], built, harmless) for one in others]
        if only in (None, "lint", "python"):
            groups.append(pool.submit(python_lints, python, built))
        outcomes = [outcome for group in groups for outcome in group.result()]
    for version in absent:
        if version not in from_sid and only in (None, "python"):
            name = f"pytest {version[0]}.{version[1]}"
            outcomes.append(
                Outcome(name, 0, 0, 1, [f"{name}: SKIPPED, no such CPython was found on this machine"])
            )

    if shutil.which("tmux") is None and only in (None, "rust"):
        closing = "tests in a real terminal: SKIPPED, there is no tmux on this machine (4 tests passed unrun)"
        outcomes.append(Outcome("tmux", -4, 0, 4, [closing]))

    print("\n=== all groups")
    # An absent version counts with all its tests.
    n_tests = max((outcome.passed for outcome in outcomes if outcome.name.startswith("pytest")), default=1)
    for outcome in outcomes:
        print("\n".join(outcome.closing))
        if outcome.name.startswith("pytest") and not outcome.passed and not outcome.failed:
            outcome.skipped = n_tests
    passed, failed, skipped = (
        sum(getattr(outcome, kind) for outcome in outcomes) for kind in ("passed", "failed", "skipped")
    )
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
