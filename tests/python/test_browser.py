"""The browser in a real terminal: tmux runs it on the snapshot of a real process, types, and kills it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="needs tmux")
TIMEOUT = 60.0
HOLDER = "import heapview, sys; LEAK = {'rows': bytearray(40_000_000)}; heapview.heapdump(sys.argv[1])"


class Terminal:
    """A tmux server with one pane, in which a shell runs a command and then says how it ended."""

    def __init__(self, width: int, height: int, command: str) -> None:
        self.server = f"heapview-test-{os.getpid()}-{width}-{time.monotonic_ns()}"
        script = f"{command}; echo ended with $?; stty -a; cat"
        self.ask(
            "-f", "/dev/null", "new-session", "-d", "-x", str(width), "-y", str(height), "sh", "-c", script
        )

    def ask(self, *words: str) -> str:
        """Run one command of tmux; return what it says."""
        asked = subprocess.run(
            ["tmux", "-L", self.server, *words], capture_output=True, text=True, check=False, timeout=TIMEOUT
        )
        return asked.stdout

    def shows(self, text: str) -> str:
        """Wait until the pane shows `text`; return the pane."""
        end = time.monotonic() + TIMEOUT
        while True:
            pane = self.ask("capture-pane", "-p", "-J")
            if text in pane:
                return pane
            assert time.monotonic() < end, f"no {text!r} in\n{pane}"
            time.sleep(0.05)

    def browser(self) -> int:
        """Return the process that the shell waits for."""
        shell = self.ask("display-message", "-p", "#{pane_pid}").strip()
        return int(subprocess.check_output(["pgrep", "-P", shell], text=True).split()[0])

    def is_restored(self) -> bool:
        """Whether the ordinary screen, the cursor, the mouse and the echo are as before."""
        modes = self.ask("display-message", "-p", "#{alternate_on} #{cursor_flag} #{mouse_any_flag}").split()
        pane = self.shows("icanon")
        return modes == ["0", "1", "0"] and "-icanon" not in pane and "-echo " not in pane


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A process of its own that keeps forty megabytes in a dict."""
    path = tmp_path_factory.mktemp("browser") / "snap.rkyv"
    subprocess.run([sys.executable, "-c", HOLDER, str(path)], check=True, timeout=TIMEOUT)
    return path


@pytest.fixture
def start(snapshot: Path) -> Iterator[Callable[[int, int], Terminal]]:
    """Return a function that starts the browser in a terminal of this size and waits for its first screen."""
    terminals = []

    def open_browser(width: int, height: int) -> Terminal:
        terminal = Terminal(width, height, f"'{sys.executable}' -m heapview --no-index '{snapshot}'")
        terminals.append(terminal)
        terminal.shows("LEAK['rows']")
        return terminal

    yield open_browser
    for terminal in terminals:
        terminal.ask("kill-server")


@pytest.mark.parametrize(("width", "height"), [(60, 15), (80, 24), (200, 50)])
def test_the_reason_is_one_key_away(start: Callable[[int, int], Terminal], width: int, height: int) -> None:
    terminal = start(width, height)
    terminal.ask("send-keys", "p")
    terminal.shows(">LEAK['rows']")
    terminal.ask("send-keys", "2")
    terminal.shows("bytearray")
    terminal.ask("send-keys", "q")
    terminal.shows("ended with 0")
    assert terminal.is_restored()


def test_who_cancels_opening_is_told_so_by_the_exit_code(tmp_path: Path) -> None:
    path = tmp_path / "large.rkyv"
    program = "import heapview, sys; x = [[[]] for _ in range(1_500_000)]; heapview.heapdump(sys.argv[1])"
    subprocess.run([sys.executable, "-c", program, str(path)], check=True, timeout=TIMEOUT)
    terminal = Terminal(80, 24, f"'{sys.executable}' -m heapview --no-index '{path}'")
    try:
        terminal.shows("q or Esc cancels")
        terminal.ask("send-keys", "q")
        terminal.shows("ended with 130")
        assert terminal.is_restored()
    finally:
        terminal.ask("kill-server")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_leaves_the_terminal_as_it_was(start: Callable[[int, int], Terminal], number: int) -> None:
    terminal = start(80, 24)
    os.kill(terminal.browser(), number)
    terminal.shows(f"ended with {128 + number}")
    assert terminal.is_restored()
