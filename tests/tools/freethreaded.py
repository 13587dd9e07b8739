"""`make test-freethreaded`: the Python tests and 100 dumps of the stress test on a free-threaded CPython.

No package of Debian's has one, so CPython 3.13 is built from Debian's source package, and the extension for
alone. Everything lies in `.build/freethreaded`; outside the checkout only libraries that the build needs are
installed, if they are missing. Needs root for that; about 15 minutes the first time, 10 after that.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import setup
import stress
from run_tests import Outcome, pytest_outcome

FOLDER = setup.BUILD / "freethreaded"
PYTHON = FOLDER / "python/bin/python3.13t"
KEYS = "/usr/share/keyrings/debian-archive-keyring.gpg"
SUITES = ["sid", "testing", "stable"]
HEADERS = [
    "gcc",
    "make",
    "dpkg-dev",
    "zlib1g-dev",
    "libssl-dev",
    "libffi-dev",
    "libsqlite3-dev",
    "libbz2-dev",
]
# The last that knows 3.13t; later ones know free-threaded builds from 3.14 on.
PYO3 = "0.28.3"
# Not part of the sources: what was built, and the history.
LEFT_OUT = shutil.ignore_patterns("target", ".venvs", ".build", ".git", "__pycache__")
N_DUMPS = 100


class Unavailable(Exception):
    """Why there is no free-threaded interpreter."""


def interpreter() -> Path:
    """Build CPython if need be; return its path."""
    if not PYTHON.exists():
        install_headers()
        tree = unpack(source())
        configure = [
            "./configure",
            "--disable-gil",
            "--disable-test-modules",
            f"--prefix={FOLDER / 'python'}",
        ]
        print("building CPython: about 5 minutes", flush=True)
        for command in (configure, ["make", f"-j{os.cpu_count() or 1}"], ["make", "install"]):
            step(command, tree)
    return PYTHON


def source() -> Path:
    """Fetch the newest source package of CPython 3.13 that can be had; return the archive."""
    state = FOLDER / "apt"
    (state / "lists/partial").mkdir(parents=True, exist_ok=True)
    asked = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(LABEL) $(REPO_URI)", "Created-By: Packages"],
        capture_output=True,
        text=True,
        check=False,
    )
    addresses = sorted(line.split()[1] for line in asked.stdout.splitlines() if line.startswith("Debian "))
    if not addresses:
        raise Unavailable("apt knows no archive of Debian's: run apt-get update first")
    lines = [f"deb-src [signed-by={KEYS}] {addresses[0]} {suite} main" for suite in SUITES]
    (state / "sources.list").write_text("\n".join(lines) + "\n")
    options = [
        f"Dir::Etc::sourcelist={state / 'sources.list'}",
        "Dir::Etc::sourceparts=/nonexistent",
        f"Dir::State::lists={state / 'lists'}",
        f"Dir::Cache={state}",
        "APT::Sandbox::User=root",
    ]
    private = [word for option in options for word in ("-o", option)]
    step(["apt-get", *private, "update"], FOLDER)
    shown = subprocess.run(
        ["apt-cache", *private, "showsrc", "--only-source", "python3.13"],
        capture_output=True,
        text=True,
        check=False,
    )
    # An archive may list more than it has.
    for version in sorted(set(re.findall(r"^Version: (\S+)", shown.stdout, re.M)), key=numbers, reverse=True):
        command = ["apt-get", *private, "source", "--download-only", f"python3.13={version}"]
        if subprocess.run(command, cwd=FOLDER, capture_output=True, check=False).returncode == 0:
            return max(FOLDER.glob("python3.13_*.orig.tar.xz"), key=lambda path: numbers(path.name))
    raise Unavailable("no source package of python3.13 could be fetched")


def numbers(version: str) -> list[int]:
    """Return the numbers in a version, to compare by."""
    return [int(number) for number in re.findall(r"\d+", version)]


def unpack(archive: Path) -> Path:
    """Unpack the sources; return their folder."""
    for old in FOLDER.glob("Python-*"):
        shutil.rmtree(old)
    step(["tar", "xf", str(archive)], FOLDER)
    return next(FOLDER.glob("Python-*"))


def install_headers() -> None:
    """Install what CPython is built with, if it is missing."""
    asked = subprocess.run(["dpkg", "--status", *HEADERS], capture_output=True, check=False)
    if asked.returncode != 0:
        step(["apt-get", "update", "-qq"], FOLDER)
        step(["apt-get", "install", "-y", "-qq", "--no-install-recommends", *HEADERS], FOLDER)


def wheel(python: Path) -> Path:
    """Build the wheel for `python` alone, from a copy with a pyo3 that knows it; return its path."""
    copy, wheels = FOLDER / "heapview", FOLDER / "wheels"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.rmtree(wheels, ignore_errors=True)
    shutil.copytree(setup.ROOT, copy, ignore=LEFT_OUT)
    env = {**setup.environment(), "CARGO_TARGET_DIR": str(FOLDER / "target")}
    step(["cargo", "update", "pyo3", "--precise", PYO3], copy, env)
    tools = setup.tools_python()
    build = [
        str(tools),
        "-m",
        "maturin",
        "build",
        "--release",
        "--out",
        str(wheels),
        "--interpreter",
        str(python),
    ]
    print("building heapview for it: about 3 minutes", flush=True)
    step(build, copy, env)
    return next(wheels.glob("*.whl"))


def venv(python: Path, built: Path) -> Path:
    """Make a venv with the wheel and those of the tests' packages that there are for `python`."""
    folder = FOLDER / "venv"
    if not folder.exists():
        step([str(python), "-m", "venv", "--without-pip", str(folder)], FOLDER)
    inside = folder / "bin/python"
    for package in setup.TEST_PACKAGES:
        # Old releases without compiled parts install, and do not work.
        wanted = "ipykernel>=6" if package == "ipykernel" else package
        try:
            setup.install(inside, ["--only-binary", ":all:", wanted])
        except SystemExit:
            print(f"{package}: not to be had for it; its tests are skipped", flush=True)
    setup.install(inside, ["--reinstall-package", "heapview", "--no-deps", built])
    return inside


def step(command: list[str], folder: Path, env: dict[str, str] | None = None) -> None:
    """Run one command in `folder`; its output goes to the log."""
    log = FOLDER / "log"
    with log.open("a") as out:
        print("+", " ".join(command), file=out, flush=True)
        done = subprocess.run(
            command, cwd=folder, env=env, stdin=subprocess.DEVNULL, stdout=out, stderr=out, check=False
        )
    if done.returncode != 0:
        raise Unavailable(f"{command[0]} failed: see {log.relative_to(setup.ROOT)}")


def main() -> int:
    """Set everything up, run the tests; return 1 if anything is wrong."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    try:
        built = interpreter()
        python = venv(built, wheel(built))
    except Unavailable as error:
        print(f"free-threaded CPython could not be set up: {error}")
        return 1
    tests: Outcome = pytest_outcome("pytest 3.13t", [python, "-m", "pytest", "-q", "-rs"])
    answer, wrong = stress.stress(python, N_DUMPS)
    stress.report((3, 13), answer, wrong)
    print(*tests.closing, sep="\n")
    failed = tests.failed + len(wrong)
    print(f"{tests.passed + (not wrong)} passed, {failed} failed, {tests.skipped} skipped")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
