"""Runs a notebook in a real IPython kernel, cell by cell, as Jupyter would: `drive.py NOTEBOOK FOLDER`.

The kernel works in FOLDER, so that is where snapshots appear. Needs ipykernel and jupyter_client.
"""

import argparse
import json
import sys
from pathlib import Path
from queue import Empty
from typing import Any

from jupyter_client.manager import KernelManager

TIMEOUT = 120.0


class CellError(Exception):
    """A cell raised, or its kernel died."""


def code_cells(notebook: Path) -> list[str]:
    """Return the sources of the code cells."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]


def run_cell(client: Any, source: str) -> str:
    """Run one cell to its end; return what it printed and showed."""
    request = client.execute(source, allow_stdin=False, stop_on_error=True)
    shown = []
    while True:
        try:
            message = client.get_iopub_msg(timeout=TIMEOUT)
        except Empty as error:
            raise CellError(f"the cell did not end within {TIMEOUT:.0f} s: {source!r}") from error
        if message["parent_header"].get("msg_id") != request:
            continue
        content = message["content"]
        kind = message["msg_type"]
        if kind == "stream":
            shown.append(content["text"])
        elif kind == "execute_result":
            shown.append(f"Out[{content['execution_count']}]: {content['data']['text/plain']}\n")
        elif kind == "error":
            raise CellError(f"{content['ename']}: {content['evalue']} in the cell {source!r}")
        elif kind == "status" and content["execution_state"] == "idle":
            return "".join(shown)


def drive(notebook: Path, folder: Path, more_cells: tuple[str, ...] = ()) -> list[str]:
    """Run all cells of `notebook`, then `more_cells`; return what each one showed."""
    folder.mkdir(parents=True, exist_ok=True)
    manager = KernelManager(kernel_name="python3")
    manager.start_kernel(cwd=str(folder), extra_arguments=["--log-level=ERROR"])
    client = manager.client()
    try:
        client.start_channels()
        client.wait_for_ready(timeout=TIMEOUT)
        shown = []
        for number, source in enumerate([*code_cells(notebook), *more_cells], start=1):
            prompt = f"In [{number}]: "
            print(prompt + source.replace("\n", "\n" + " " * len(prompt)))
            shown.append(run_cell(client, source))
            print(shown[-1], end="", flush=True)
        return shown
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def main() -> int:
    """Drive the notebook named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("notebook", type=Path)
    parser.add_argument("folder", type=Path)
    arguments = parser.parse_args()
    try:
        drive(arguments.notebook, arguments.folder)
    except CellError as error:
        print(f"drive.py: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
