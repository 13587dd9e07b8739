"""A leaking notebook in a real IPython kernel: its cells run one by one, as Jupyter sends them.

The notebook is a Python file in which `# %% setup`, `# %% leak` and `# %% next` begin cells; those of the
setup run unmeasured. `# %% leaked` begins an expression for weak references to what leaks. A cell with
`# raises` does so. This is our side; `harmless_inside.py` is the kernel's.
"""

from __future__ import annotations

import json
import os
import re
import time
from pathlib import Path
from queue import Empty
from typing import Any

from jupyter_client.manager import KernelManager

HERE = Path(__file__).resolve().parent
STARTING = 120
PATIENCE = 45


class Kernel:
    """The kernel, after the cells that leak have run."""

    can_be_copied = False

    def __init__(self, program: Path, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.snapshot_path = folder / "snap.rkyv"
        self.answer_path = folder / "answer"
        source = program.read_text(encoding="utf-8")
        parts = re.split(r"^# %% ?(\w+).*\n", source, flags=re.MULTILINE)[1:]
        self.cells = [(kind, cell.strip("\n")) for kind, cell in zip(parts[::2], parts[1::2])]
        paths = [str(HERE), str(program.parent), os.environ.get("PYTHONPATH", "")]
        self.manager = KernelManager(kernel_name="python3")
        self.manager.start_kernel(
            cwd=str(folder),
            extra_arguments=["--log-level=ERROR"],
            env={
                **os.environ,
                "PYTHONPATH": os.pathsep.join(filter(None, paths)),
                "IPYTHONDIR": str(folder / "ipython"),
                "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
            },
        )
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=STARTING)
        self.run_all("setup")
        self.ask("trace")
        self.run_all("leak")
        (leaked,) = [cell for kind, cell in self.cells if kind == "leaked"]
        answer = self.ask("watch", leaked=leaked)
        # As a cell of its own, as people do: it also replaces what IPython remembers of the last one.
        self.run(f"import heapview\nheapview.heapdump({str(self.snapshot_path)!r});")
        self.leaked: list[tuple[int, str]] = [tuple(row) for row in answer["leaked"]]

    def run_all(self, wanted: str) -> None:
        """Run the cells of one kind."""
        for kind, cell in self.cells:
            if kind == wanted:
                self.run(cell)

    def run(self, source: str, silent: bool = False) -> None:
        """Run one cell to its end; raise if it raises unforeseen, or hangs."""
        request = self.client.execute(source, silent=silent, store_history=not silent, allow_stdin=False)
        deadline, raised = time.monotonic() + PATIENCE, ""
        while True:
            try:
                message = self.client.get_iopub_msg(timeout=max(0.1, deadline - time.monotonic()))
            except Empty as error:
                raise TimeoutError(f"this hangs: {source[:200]!r}") from error
            if message["parent_header"].get("msg_id") != request:
                continue
            content = message["content"]
            if message["msg_type"] == "error":
                raised = f"{content['ename']}: {content['evalue']}"
            elif message["msg_type"] == "status" and content["execution_state"] == "idle":
                break
        if bool(raised) != ("# raises" in source):
            raise RuntimeError(f"{raised or 'nothing was raised'} in {source[:200]!r}")

    def ask(self, question: str, **more: Any) -> dict[str, Any]:
        """Call a function of the kernel's side, unseen by the notebook; return its answer."""
        self.answer_path.unlink(missing_ok=True)
        arguments = {**more, "answer": str(self.answer_path)}
        self.run(f"__import__('harmless_inside').{question}(**{arguments!r})", silent=True)
        found: dict[str, Any] = json.loads(self.answer_path.read_text())
        return found

    def attempt(self, lines: list[str], asked: list[int], by_line: bool = False) -> dict[str, Any]:
        """Run the lines as a cell and the next cells twice; return what came of it."""
        problems: list[str] = []
        found = {"freed": 0, "n_asked": len(asked), "n_watched": 0, "n_alive": 0, "problems": problems}
        try:
            self.ask("before", asked=asked)
            if lines:
                try:
                    self.run("\n".join(lines))
                except RuntimeError as error:
                    problems.append(f"the lines raise: {error}")
            answer = self.ask("after", lines=lines)
            problems += answer.pop("damage")
            found.update(answer)
            for _ in (1, 2):
                self.run_all("next")
        except (RuntimeError, TimeoutError, FileNotFoundError) as error:
            problems.append(f"the next cells fail: {error}")
        return found

    def close(self) -> None:
        """End the kernel."""
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)
