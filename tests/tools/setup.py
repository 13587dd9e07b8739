"""Sets up what the other tools need: a tools venv, one wheel, a venv for each CPython. No packages needed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
VENVS = ROOT / ".venvs"
BUILD = ROOT / ".build"
VERSIONS = [(3, minor) for minor in range(9, 16)]
TOOLS = ["uv", "maturin>=1.9,<2", "ruff", "mypy", "ipython", "numpy"]
# ipykernel 7 loses a cell now and then (github.com/microsoft/vscode-jupyter/issues/17228: "Kernel hangs while
# running code block"; 8 of 120 notebooks here, on a busy machine), ipykernel 6 none.
KERNEL = "ipykernel>=6,<7"
TEST_PACKAGES = [
    "pytest",
    "numpy",
    "pandas",
    "pyarrow",
    "polars",
    "pillow",
    "lxml",
    "ipython",
    KERNEL,
    "jupyter_client",
    "django",
]
# What the leaking programs are written with, and what has no wheels for every version.
HARMLESS_PACKAGES = ["greenlet", "flask", "sqlalchemy", "celery", "matplotlib", "cachetools"]
# Compiled by mypyc and Cython, and what compiles with the latter.
COMPILED_PACKAGES = ["mypy", "aiohttp", "cython", "setuptools"]
# The version that they run on, unless all are asked for; the first that is there.
HARMLESS_VERSIONS = [(3, 12), (3, 13), (3, 11)]


def run(command: list[str | Path], **options: object) -> None:
    """Run a command; end with its exit code if it fails."""
    print("+", " ".join(str(word) for word in command), flush=True)
    done = subprocess.run([str(word) for word in command], cwd=ROOT, check=False, **options)  # type: ignore[call-overload]
    if done.returncode != 0:
        sys.exit(f"failed with exit code {done.returncode}: {' '.join(str(word) for word in command)}")


def environment() -> dict[str, str]:
    """Return the environment for builds: the tools venv first, caches inside the checkout."""
    path = f"{VENVS / 'tools' / 'bin'}{os.pathsep}{os.environ['PATH']}"
    return {
        **os.environ,
        "PATH": path,
        "UV_CACHE_DIR": str(BUILD / "uv"),
        "VIRTUAL_ENV": str(VENVS / "tools"),
    }


def tools_python() -> Path:
    """Make the tools venv if need be; return its Python."""
    python = VENVS / "tools" / "bin" / "python"
    stamp = VENVS / "tools" / ".packages"
    if not stamp.exists() or stamp.read_text() != repr(TOOLS):
        run([newest_python(), "-m", "venv", "--clear", VENVS / "tools"])
        run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "uv"])
        install(python, TOOLS)
        stamp.write_text(repr(TOOLS))
    return python


def install_each(python: Path, packages: Sequence[str], name: str) -> None:
    """Install those packages that there are wheels of; say which are missing."""
    install = [str(VENVS / "tools" / "bin" / "uv"), "pip", "install", "--quiet", "--only-binary", ":all:"]
    for package in packages:
        command = [*install, "--python", str(python), package]
        done = subprocess.run(command, env=environment(), capture_output=True, check=False)
        if done.returncode != 0:
            print(f"{package}: not to be had for {name}; what needs it is skipped", flush=True)


def install(python: Path, packages: Sequence[str | Path]) -> None:
    """Install packages into the environment of `python`."""
    command: list[str | Path] = [
        VENVS / "tools" / "bin" / "uv",
        "pip",
        "install",
        "--quiet",
        "--python",
        python,
    ]
    run([*command, *packages], env=environment())


def pythons() -> dict[tuple[int, int], Path]:
    """Return an interpreter for each version found: on PATH and under pyenv, the newest patch of each."""
    candidates = [Path(sys.executable)]
    roots = [os.environ.get("PYENV_ROOT"), Path.home() / ".pyenv"]
    for root in roots:
        if root:
            candidates += sorted(Path(root).glob("versions/3.*/bin/python3"))
    for major, minor in VERSIONS:
        found = shutil.which(f"python{major}.{minor}")
        if found:
            candidates.append(Path(found))
    best: dict[tuple[int, int], tuple[tuple[int, ...], Path]] = {}
    probe = (
        "import platform, sysconfig\n"
        "print(platform.python_implementation(), platform.python_version(),"
        " sysconfig.get_config_var('Py_GIL_DISABLED') or 0)"
    )
    for candidate in candidates:
        asked = subprocess.run([str(candidate), "-c", probe], capture_output=True, text=True, check=False)
        match = re.fullmatch(r"CPython (\d+)\.(\d+)\.(\d+)\S* 0\n", asked.stdout)
        if asked.returncode != 0 or not match:
            continue
        release = tuple(int(part) for part in match.groups())
        version = (release[0], release[1])
        if version in VERSIONS and (version not in best or release > best[version][0]):
            best[version] = (release, candidate)
    return {version: path for version, (_, path) in sorted(best.items())}


def newest_python() -> Path:
    """Return the newest supported interpreter found."""
    found = pythons()
    if not found:
        sys.exit("expected a CPython 3.9 to 3.15 on PATH or under pyenv, found none")
    return found[max(found)]


def wheel() -> Path:
    """Build the wheel, one for all versions; return its path."""
    python = tools_python()
    folder = BUILD / "wheels"
    shutil.rmtree(folder, ignore_errors=True)
    run(
        [python, "-m", "maturin", "build", "--release", "--quiet", "--out", folder, "--interpreter", python],
        env=environment(),
    )
    (built,) = folder.glob("*.whl")
    return built


def venv(
    version: tuple[int, int], interpreter: Path, packages: list[str], built: Path, prefix: str = ""
) -> Path:
    """Make a venv of `version` with `packages` and the wheel; return its Python."""
    folder = VENVS / f"{prefix}{version[0]}.{version[1]}"
    python = folder / "bin" / "python"
    stamp = folder / ".packages"
    if not stamp.exists() or stamp.read_text() != repr(packages):
        run([interpreter, "-m", "venv", "--clear", "--without-pip", folder])
        install(python, list(packages))
        stamp.write_text(repr(packages))
    install(python, ["--reinstall-package", "heapview", "--no-deps", built])
    return python
