"""`make test-freethreaded`: the Python tests and 100 dumps of the stress test on each free-threaded CPython.

`python3.13t` and the like are taken from PATH and from pyenv. No package of Debian's has one, so those that
are missing are built from Debian's source packages, as far as these can be fetched. The extension is built
for each alone. Everything lies in `.build/freethreaded`; outside the checkout only libraries that the build
needs are installed, if they are missing. Needs root for that; for each version about 15 minutes the first
time, 10 after that.
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
VERSIONS = ["3.13", "3.14"]
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
# For versions that the newest pyo3 does not know: it knows free-threaded builds from 3.14 on.
PYO3 = {"3.13": "0.28.3"}
# Not part of the sources: what was built, and the history.
LEFT_OUT = shutil.ignore_patterns("target", ".venvs", ".build", ".git", "__pycache__")
N_DUMPS = 100
# Where lxml is to be had, importing it turns the GIL on for the whole process.
WITH_GIL = ["tests/python/test_lxml.py"]


class Unavailable(Exception):
    """Why there is no free-threaded interpreter."""


def interpreter(version: str) -> Path:
    """Find a free-threaded `version`, or build it; return its path."""
    name = f"python{version}t"
    built = FOLDER / version / "python/bin" / name
    found = shutil.which(name) or next(Path.home().glob(f".pyenv/versions/{version}*t/bin/{name}"), None)
    if found and not built.exists():
        return Path(found)
    if not built.exists():
        install_headers()
        tree = unpack(version, source(version))
        configure = [
            "./configure",
            "--disable-gil",
            "--disable-test-modules",
            f"--prefix={FOLDER / version / 'python'}",
        ]
        print(f"building CPython {version}: about 5 minutes", flush=True)
        for command in (configure, ["make", f"-j{os.cpu_count() or 1}"], ["make", "install"]):
            step(command, tree)
    return built


def source(version: str) -> Path:
    """Fetch the newest source package of `version` that can be had; return the archive."""
    package, folder = f"python{version}", FOLDER / version
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
        # A mirror that lags behind is good enough; signatures are checked all the same.
        "Acquire::Check-Valid-Until=false",
    ]
    private = [word for option in options for word in ("-o", option)]
    step(["apt-get", *private, "update"], FOLDER)
    shown = subprocess.run(
        ["apt-cache", *private, "showsrc", "--only-source", package],
        capture_output=True,
        text=True,
        check=False,
    )
    # An archive may list more than it has.
    releases = sorted(set(re.findall(r"^Version: (\S+)", shown.stdout, re.M)), key=numbers, reverse=True)
    for release in releases:
        command = ["apt-get", *private, "source", "--download-only", f"{package}={release}"]
        if subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode == 0:
            return max(folder.glob(f"{package}_*.orig.tar.xz"), key=lambda path: numbers(path.name))
    listed = f": listed are {', '.join(releases)}" if releases else ""
    raise Unavailable(f"no source package of {package} could be fetched{listed}")


def numbers(version: str) -> list[int]:
    """Return the numbers in a version, to compare by."""
    return [int(number) for number in re.findall(r"\d+", version)]


def unpack(version: str, archive: Path) -> Path:
    """Unpack the sources; return their folder."""
    for old in (FOLDER / version).glob("Python-*"):
        shutil.rmtree(old)
    step(["tar", "xf", str(archive)], FOLDER / version)
    return next((FOLDER / version).glob("Python-*"))


def install_headers() -> None:
    """Install what CPython is built with, if it is missing."""
    asked = subprocess.run(["dpkg", "--status", *HEADERS], capture_output=True, check=False)
    if asked.returncode != 0:
        step(["apt-get", "update", "-qq"], FOLDER)
        step(["apt-get", "install", "-y", "-qq", "--no-install-recommends", *HEADERS], FOLDER)


def wheel(version: str, python: Path) -> Path:
    """Build the wheel for `python` alone, from a copy with a pyo3 that knows it; return its path."""
    copy, wheels = FOLDER / "heapview", FOLDER / version / "wheels"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.rmtree(wheels, ignore_errors=True)
    shutil.copytree(setup.ROOT, copy, ignore=LEFT_OUT)
    env = {**setup.environment(), "CARGO_TARGET_DIR": str(FOLDER / "target")}
    if version in PYO3:
        step(["cargo", "update", "pyo3", "--precise", PYO3[version]], copy, env)
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
    print(f"building heapview for {version}t: about 3 minutes", flush=True)
    step(build, copy, env)
    return next(wheels.glob("*.whl"))


def venv(version: str, python: Path, built: Path) -> Path:
    """Make a venv with the wheel and those of the tests' packages that there are for `python`."""
    folder = FOLDER / version / "venv"
    if not folder.exists():
        step([str(python), "-m", "venv", "--without-pip", str(folder)], FOLDER)
    inside = folder / "bin/python"
    for package in setup.TEST_PACKAGES:
        uv = str(setup.VENVS / "tools/bin/uv")
        command = [uv, "pip", "install", "--python", str(inside), "--only-binary", ":all:", package]
        try:
            step(command, FOLDER, setup.environment())
        except Unavailable:
            print(f"{package}: not to be had for {version}t; its tests are skipped", flush=True)
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


def tests(version: str) -> list[Outcome]:
    """Set `version` up and run its tests."""
    name = f"{version}t"
    (FOLDER / version).mkdir(parents=True, exist_ok=True)
    try:
        found = interpreter(version)
        python = venv(version, found, wheel(version, found))
    except Unavailable as error:
        why = f"{name}: SKIPPED, ALL ITS TESTS: it could not be set up: {error}"
        return [Outcome(name, 0, 0, 1, [why])]
    pytest: list[str | Path] = [python, "-m", "pytest", "-q", "-rs"]
    outcomes = [pytest_outcome(f"pytest {name}", [*pytest, *(f"--ignore={path}" for path in WITH_GIL)])]
    if subprocess.run([python, "-c", "import lxml.etree"], capture_output=True, check=False).returncode == 0:
        outcomes.append(pytest_outcome(f"pytest {name}, with the GIL", [*pytest, *WITH_GIL]))
    answer, wrong = stress.stress(python, N_DUMPS)
    stress.report(name, answer, wrong)
    outcomes[0].passed += not wrong
    outcomes[0].failed += len(wrong)
    return outcomes


def main() -> int:
    """Run the tests of each version, or of those named; return 1 if any fails or none can be run."""
    outcomes = [outcome for version in sys.argv[1:] or VERSIONS for outcome in tests(version)]
    for outcome in outcomes:
        print(*outcome.closing, sep="\n")
    passed = sum(outcome.passed for outcome in outcomes)
    failed = sum(outcome.failed for outcome in outcomes)
    print(f"{passed} passed, {failed} failed, {sum(outcome.skipped for outcome in outcomes)} skipped")
    return int(failed > 0 or passed == 0)


if __name__ == "__main__":
    sys.exit(main())
