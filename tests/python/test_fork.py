"""Dumps by a child process: the parent goes on, the file shows the heap as it was."""

import gc
import os
import shutil
import signal
import threading
import time

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
