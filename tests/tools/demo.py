"""`make demo`: from nothing to what holds the sample notebook's 160 MB."""

from __future__ import annotations

import sys

from setup import BUILD, KERNEL, ROOT, newest_python, pythons, run, tools_python, venv, wheel

PACKAGES = ["numpy", "ipython", KERNEL, "jupyter_client"]


def main() -> int:
    """Set up, run the notebook, show the answer, and open the browser if there is a terminal."""
    tools_python()
    interpreter = newest_python()
    version = next(version for version, path in pythons().items() if path == interpreter)
    python = venv(version, interpreter, [*PACKAGES], wheel())
    folder = BUILD / "demo"
    snapshot = folder / "out_cache.rkyv"
    run([python, ROOT / "samples/notebooks/drive.py", ROOT / "samples/notebooks/out_cache.ipynb", folder])
    heapview = python.parent / "heapview"
    for words in (["summary"], ["top", "--limit", "5"], ["paths"]):
        selector = ["Out[5]"] if words == ["paths"] else []
        print()
        run([heapview, words[0], snapshot, *selector, *words[1:]])
    print(f"\nThe array lives because of these six references.\nBrowse it yourself: {heapview} {snapshot}")
    if sys.stdin.isatty() and sys.stdout.isatty():
        run([heapview, snapshot])
    return 0


if __name__ == "__main__":
    sys.exit(main())
