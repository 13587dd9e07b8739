"""Sets up CPython 3.14 and 3.15 from Debian sid: a folder made by debootstrap, entered by chroot.

They need a newer libc than most machines have. Everything lies in `.build/sid`; nothing outside the checkout
changes but the package `debootstrap`, which is installed if it is missing. Needs root and about two minutes.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import setup

FOLDER = setup.BUILD / "sid"
VERSIONS = [(3, 14), (3, 15)]
PYTHONS = ["python3.14", "python3.14-venv", "python3.15", "python3.15-venv"]
LOG = setup.BUILD / "sid.log"
TIMEOUT = 900
# What the tests look at.
COPIED = ["tests", "samples", "pyproject.toml", "README.md", "FORMAT.md"]
COPIED.append("crates/dumper/src/cpython/opcodes.rs")


class Unavailable(Exception):
    """Why sid could not be set up."""


def prepare(built: Path) -> None:
    """Make the folder, the interpreters and a venv for each with the tests' packages and the wheel."""
    if os.geteuid() != 0:
        raise Unavailable("needs root for debootstrap and chroot")
    setup.BUILD.mkdir(exist_ok=True)
    stamp = FOLDER / ".heapview-packages"
    if not stamp.exists() or stamp.read_text() != repr((PYTHONS, setup.TEST_PACKAGES)):
        shutil.rmtree(FOLDER, ignore_errors=True)
        LOG.write_text("")
        install_debootstrap()
        step(["debootstrap", "--variant=minbase", f"--include={','.join(PYTHONS)}", "sid", str(FOLDER)])
        for name in ["etc/resolv.conf", "etc/hosts", "etc/ssl/certs/ca-certificates.crt"]:
            if Path("/", name).exists():
                (FOLDER / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(Path("/", name), FOLDER / name)
        for version in VERSIONS:
            interpreter = f"python{version[0]}.{version[1]}"
            step(inside([interpreter, "-m", "venv", "--clear", venv(version)]))
            pip(version, ["--only-binary", ":all:", *setup.TEST_PACKAGES])
        stamp.write_text(repr((PYTHONS, setup.TEST_PACKAGES)))
    shutil.copy(built, FOLDER / "tmp" / built.name)
    for version in VERSIONS:
        pip(version, ["--force-reinstall", "--no-deps", f"/tmp/{built.name}"])
    for name in COPIED:
        copy(setup.ROOT / name, FOLDER / "heapview" / name)


def pytest(version: tuple[int, int]) -> list[str | Path]:
    """Return the command that runs the tests on `version`."""
    script = f"cd /heapview && {venv(version)}/bin/python -m pytest -q -p no:cacheprovider"
    return [*inside(["sh", "-c", script])]


def add_packages(packages: list[str]) -> None:
    """Install those packages that there are wheels of; say which are missing."""
    for version in VERSIONS:
        for package in packages:
            try:
                pip(version, ["--only-binary", ":all:", package])
            except Unavailable:
                name = f"{version[0]}.{version[1]}"
                print(f"{package}: not to be had for {name}; its leaking programs are skipped", flush=True)


def add_debug_builds() -> None:
    """Install the interpreters with assertions, if they are missing."""
    names = [f"python{major}.{minor}-dbg" for major, minor in VERSIONS]
    if subprocess.run(inside(["dpkg", "--status", *names]), capture_output=True, check=False).returncode != 0:
        # A mirror that lags behind is good enough; signatures are checked all the same.
        step(inside(["apt-get", "update", "-qq", "-o", "Acquire::Check-Valid-Until=false"]))
        step(inside(["apt-get", "install", "-y", "-qq", "--no-install-recommends", *names]))


def debug_build(version: tuple[int, int], arguments: str) -> list[str]:
    """Return the command that runs the debug build of `version` with the packages of the usual one."""
    name = f"python{version[0]}.{version[1]}"
    packages = f"{venv(version)}/lib/{name}/site-packages"
    script = f"cd /heapview && PYTHONPATH={packages} exec {name}d -X faulthandler {arguments}"
    return inside(["sh", "-c", script])


def venv(version: tuple[int, int]) -> str:
    """Return the venv of `version`, as seen from inside."""
    return f"/opt/heapview-{version[0]}.{version[1]}"


def inside(command: list[str]) -> list[str]:
    """Return `command` as run in the folder, with /proc where the machine allows mounts."""
    script = 'mount -t proc proc "$0/proc" 2>/dev/null; exec chroot "$0" "$@"'
    return ["unshare", "--mount", "sh", "-c", script, str(FOLDER), *command]


def pip(version: tuple[int, int], packages: list[str]) -> None:
    """Install packages from the index."""
    step(inside([f"{venv(version)}/bin/pip", "install", "--quiet", "--disable-pip-version-check", *packages]))


def install_debootstrap() -> None:
    """Install the one tool needed, if it is missing."""
    if shutil.which("debootstrap") is None:
        step(["apt-get", "update", "-qq"])
        step(["apt-get", "install", "-y", "-qq", "--no-install-recommends", "debootstrap"])


def copy(source: Path, target: Path) -> None:
    """Copy a file, or a folder whole."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        shutil.copy(source, target)


def step(command: list[str]) -> None:
    """Run one command; its output goes to the log."""
    # Lists of wheels on this machine mean nothing inside.
    env = {name: value for name, value in os.environ.items() if not name.startswith("PIP_FIND")}
    with LOG.open("a") as log:
        print("+", " ".join(command), file=log, flush=True)
        try:
            done = subprocess.run(
                command,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                timeout=TIMEOUT,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise Unavailable(f"{error} (see {LOG.relative_to(setup.ROOT)})") from error
    if done.returncode != 0:
        last = LOG.read_text(errors="replace").strip().splitlines()[-1]
        raise Unavailable(f"{command[0]} failed: {last} (see {LOG.relative_to(setup.ROOT)})")
