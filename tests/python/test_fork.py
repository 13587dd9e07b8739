"""Dumps by a child process: the parent goes on, the file shows the heap as it was."""

import fcntl
import gc
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import heapview
import pytest
from conftest import FREE_THREADED

pytestmark = pytest.mark.skipif(FREE_THREADED, reason="free-threaded builds refuse fork=True")


def test_the_file_shows_the_heap_at_the_moment_of_the_fork(tmp_path):
    kept = [object() for _ in range(1000)]
    handle = heapview.heapdump(tmp_path / "snap.rkyv", fork=True)
    address = id(kept)
    kept.clear()
    result = handle.wait()
    assert handle.done()
    assert (result.path, result.n_objects > 10_000) == (handle.path, True)
    snapshot = heapview.load(handle.path)
    (found,) = snapshot.find(hex(address))
    assert len([label for label, _ in found.referents() if label.startswith("[")]) == 1000
    assert snapshot.meta["pid"] == os.getpid() != handle.pid
    assert os.stat(handle.path).st_mode & 0o777 == 0o600


def test_parent_and_child_see_the_same_heap(tmp_path):
    gc.collect()
    in_process = heapview.heapdump(tmp_path / "one.rkyv")
    forked = heapview.heapdump(tmp_path / "two.rkyv", fork=True).wait()
    assert abs(forked.n_objects - in_process.n_objects) < 50
    assert abs(forked.n_edges - in_process.n_edges) < 200


def test_the_childs_error_is_raised_by_wait(tmp_path):
    # A path that the parent cannot find fault with: it writes nothing there.
    folder = tmp_path / "folder"
    folder.mkdir()
    handle = heapview.heapdump(folder / "snap.rkyv", fork=True)
    os.kill(handle.pid, signal.SIGSTOP)
    shutil.rmtree(folder)
    os.kill(handle.pid, signal.SIGCONT)
    for _ in range(2):
        with pytest.raises(heapview.HeapviewError, match="No such file or directory"):
            handle.wait()


def test_a_killed_child_leaves_nothing_behind(tmp_path):
    ballast = [[number] for number in range(300_000)]
    handle = heapview.heapdump(tmp_path / "snap.rkyv", fork=True)
    os.kill(handle.pid, signal.SIGKILL)
    with pytest.raises(heapview.HeapviewError, match="ended by signal 9"):
        handle.wait()
    assert list(tmp_path.iterdir()) == []
    del ballast


def test_waiting_can_time_out(tmp_path):
    ballast = [[number] for number in range(300_000)]
    handle = heapview.heapdump(tmp_path / "snap.rkyv", fork=True)
    os.kill(handle.pid, signal.SIGSTOP)
    try:
        with pytest.raises(TimeoutError, match="still being written"):
            handle.wait(timeout=0.2)
        assert not handle.done()
        assert "at work" in repr(handle)
    finally:
        os.kill(handle.pid, signal.SIGCONT)
    assert handle.wait(timeout=60).n_objects > 300_000
    del ballast


def test_children_finish_while_threads_allocate(tmp_path):
    stop = threading.Event()

    def churn():
        while not stop.is_set():
            values = {str(number): [number] for number in range(200)}
            values.clear()
            time.sleep(0)

    threads = [threading.Thread(target=churn) for _ in range(8)]
    for thread in threads:
        thread.start()
    try:
        for number in range(5):
            handle = heapview.heapdump(tmp_path / f"{number}.rkyv", fork=True)
            assert handle.wait(timeout=60).n_objects > 10_000
            heapview.load(handle.path)
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def test_ctrl_c_ends_the_waiting_and_not_the_child(tmp_path):
    ballast = [[number] for number in range(300_000)]
    handle = heapview.heapdump(tmp_path / "snap.rkyv", fork=True)
    os.kill(handle.pid, signal.SIGINT)
    os.kill(handle.pid, signal.SIGSTOP)
    timer = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        handle.wait()
    timer.join()
    os.kill(handle.pid, signal.SIGCONT)
    assert handle.wait(timeout=60).n_objects > 300_000
    del ballast


@contextmanager
def child_at_work(path):
    """Hold a child still in the midst of its dump."""
    ballast = [[number] for number in range(100_000)]
    handle = heapview.heapdump(path, fork=True)
    # Its own process name says that it has let go of all else.
    name = Path(f"/proc/{handle.pid}/comm")
    while name.read_text() != "heapview-dump\n":
        time.sleep(0.001)
    os.kill(handle.pid, signal.SIGSTOP)
    try:
        yield handle
    finally:
        os.kill(handle.pid, signal.SIGCONT)
        handle.wait(timeout=60)
        del ballast


linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="it is read from /proc")


@linux
def test_a_connection_that_is_closed_is_closed_for_the_client(tmp_path):
    listener = socket.create_server(("127.0.0.1", 0))
    client = socket.create_connection(listener.getsockname())
    served, _ = listener.accept()
    client.settimeout(10)
    with child_at_work(tmp_path / "snap.rkyv"):
        served.sendall(b"answer")
        served.close()
        assert client.recv(100) == b"answer"
        assert client.recv(100) == b""
    client.close()
    listener.close()


@linux
def test_the_port_and_locks_are_free_once_the_process_lets_go(tmp_path):
    listener = socket.create_server(("127.0.0.1", 0))
    place = listener.getsockname()
    (tmp_path / "lock").write_text("")
    locked = (tmp_path / "lock").open()
    fcntl.flock(locked, fcntl.LOCK_EX | fcntl.LOCK_NB)
    with child_at_work(tmp_path / "snap.rkyv"):
        listener.close()
        locked.close()
        again = socket.socket()
        again.bind(place)
        again.listen()
        again.close()
        with (tmp_path / "lock").open() as other:
            fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)


@linux
def test_readers_of_a_pipe_see_its_end(tmp_path):
    reader, writer = os.pipe()
    os.set_inheritable(writer, True)
    with child_at_work(tmp_path / "snap.rkyv"):
        os.close(writer)
        assert os.read(reader, 1) == b""
    os.close(reader)


@linux
def test_the_child_holds_nothing_and_stands_back(tmp_path):
    with child_at_work(tmp_path / "snap.rkyv") as handle:
        child = Path(f"/proc/{handle.pid}")
        held = {int(link.name): os.readlink(link) for link in (child / "fd").iterdir()}
        assert [held.pop(standard) for standard in range(3)] == ["/dev/null"] * 3
        ours = [place for place in held.values() if not place.startswith(("pipe:", str(tmp_path)))]
        assert ours == []
        assert len(held) <= 4
        assert (child / "oom_score_adj").read_text() == "1000\n"
        assert os.getpriority(os.PRIO_PROCESS, handle.pid) == 19


def is_zombie(pid):
    """Say whether a process has ended and nobody has taken its status."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return False


@linux
@pytest.mark.parametrize("way", ["kept", "dropped", "waited for"])
def test_no_zombie_is_left(tmp_path, way):
    handle = heapview.heapdump(tmp_path / "snap.rkyv", fork=True)
    pid = handle.pid
    if way == "waited for":
        handle.wait()
    elif way == "dropped":
        del handle
    deadline = time.monotonic() + 60
    while Path(f"/proc/{pid}").exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not is_zombie(pid)
    assert not Path(f"/proc/{pid}").exists()
    assert heapview.load(tmp_path / "snap.rkyv", index=False).n_objects > 0
    if way == "kept":
        assert handle.wait().n_objects > 0


@linux
def test_a_file_size_limit_is_an_error_of_the_child(tmp_path):
    program = (
        "import resource, sys, heapview\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))\n"
        "try:\n"
        "    heapview.heapdump(sys.argv[1], fork=True).wait()\n"
        "except heapview.HeapviewError as error:\n"
        "    print('refused', error)\n"
    )
    line = [sys.executable, "-c", program, str(tmp_path / "snap.rkyv")]
    done = subprocess.run(line, capture_output=True, text=True, check=True, timeout=60)
    assert "File too large" in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_the_pause_is_what_the_caller_waited_for(tmp_path):
    ballast = [[number] for number in range(300_000)]
    start = time.perf_counter()
    handle = heapview.heapdump(tmp_path / "snap.rkyv", fork=True)
    waited = time.perf_counter() - start
    assert 0.5 * waited < handle.pause_seconds <= waited
    assert handle.wait().pause_seconds == handle.pause_seconds
    del ballast
