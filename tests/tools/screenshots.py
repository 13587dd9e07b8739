"""`make screenshots`: a picture of each screen of the browser, from the sample notebook in a real kernel."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from setup import KERNEL, ROOT, environment, newest_python, pythons, run, tools_python, venv, wheel

PACKAGES = ["numpy", "pandas", "ipython", KERNEL, "jupyter_client"]
PICTURES = ROOT / "docs/screens"
# After the sample notebook, whose snapshot is the baseline: a table, and sessions that nobody ends.
CELLS = (
    "import pandas as pd",
    "orders = pd.DataFrame({'order': range(200_000), 'city': ['Berlin', 'Paris', 'Rome', 'Oslo'] * 50_000})",
    "class Session:\n"
    "    def __init__(self, number):\n"
    "        self.number = number\n"
    "        self.history = [f'page {page}' for page in range(20)]\n"
    "        self.peer = self",
    "SESSIONS = {number: Session(number) for number in range(20_000)}",
    "%heapdump after.rkyv",
)


def main() -> int:
    """Run the notebook in a neutral folder, draw the screens, see that none names a place of this machine."""
    tools_python()
    interpreter = newest_python()
    version = next(version for version, path in pythons().items() if path == interpreter)
    python = venv(version, interpreter, [*PACKAGES], wheel())
    with tempfile.TemporaryDirectory(prefix="demo-") as name:
        folder = Path(name)
        (folder / "venv").symlink_to(python.parent.parent)
        notebooks = ROOT / "samples/notebooks"
        drive = (
            f"import sys; sys.path.insert(0, {str(notebooks)!r})\n"
            "from pathlib import Path\nfrom drive import drive\n"
            f"drive(Path({str(notebooks / 'out_cache.ipynb')!r}), Path({name!r}), {CELLS!r})"
        )
        run([folder / "venv/bin" / python.name, "-c", drive])
        cargo = ["cargo", "run", "--quiet", "--release", "-p", "heapview-tui"]
        run(
            [
                *cargo,
                "--example",
                "screenshots",
                "--",
                folder / "after.rkyv",
                folder / "out_cache.rkyv",
                PICTURES,
            ],
            env=environment(),
        )
    for picture in sorted(PICTURES.glob("*.svg")):
        text = picture.read_text(encoding="utf-8")
        for place in (str(ROOT), str(Path.home())):
            if place in text:
                sys.exit(f"{picture.name} shows {place}")
        print(f"{picture.relative_to(ROOT)}: {len(text)} characters")
    return 0


if __name__ == "__main__":
    sys.exit(main())
