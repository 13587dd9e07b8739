"""`make test-torch`: the tests of what tensors hold, with the torch that Debian sid has for CPython 3.14.

Needs root; installs about 1 GB in the folder that `sid.py` makes. About 10 minutes the first time, 2 later.
"""

from __future__ import annotations

import subprocess
import sys

import setup
import sid

VENV = "/opt/heapview-torch"
PACKAGES = ["python3-torch", "python3-numpy", "python3-pytest"]


def main() -> int:
    """Install, test, and return pytest's exit code."""
    built = setup.wheel()
    sid.prepare(built)
    apt = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *PACKAGES]
    sid.step(sid.inside(["env", "DEBIAN_FRONTEND=noninteractive", *apt]))
    sid.step(sid.inside(["python3", "-m", "venv", "--clear", "--system-site-packages", VENV]))
    sid.step(sid.inside([f"{VENV}/bin/pip", "install", "--quiet", "--no-deps", f"/tmp/{built.name}"]))
    test = f"cd /heapview && {VENV}/bin/python -m pytest -p no:cacheprovider tests/python/test_torch.py"
    return subprocess.run(sid.inside(["sh", "-c", test]), check=False).returncode


if __name__ == "__main__":
    try:
        sys.exit(main())
    except sid.Unavailable as error:
        sys.exit(f"not run: {error}")
