"""The file is whole and private, or absent."""

import os
import signal
import subprocess
import sys
import time

import heapview
import pytest


def test_mode_is_0600_whatever_the_umask(tmp_path):
    path = tmp_path / "snap.rkyv"
    before = os.umask(0)
    try:
        heapview.heapdump(path)
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o777 == 0o600


def test_an_existing_snapshot_is_replaced(tmp_path):
    path = tmp_path / "snap.rkyv"
    kept = [object() for _ in range(10)]
    first = heapview.heapdump(path)
    kept.extend(object() for _ in range(1000))
    heapview.heapdump(path)
    assert heapview.load(path, index=False).n_objects > first.n_objects


def test_the_result_says_what_was_written(tmp_path):
    path = tmp_path / "snap.rkyv"
    result = heapview.heapdump(path)
    assert os.fspath(result.path) == str(path)
    assert result.file_size == path.stat().st_size
    assert result.warnings == []
    snapshot = heapview.load(path, index=False)
    assert result.n_objects == snapshot.n_objects
    assert str(path) in repr(result)


@pytest.mark.parametrize("name", ["folder", "absent/snap.rkyv", "file/snap.rkyv"])
def test_a_path_that_cannot_be_written(tmp_path, name):
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("")
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(heapview.HeapviewError, match=name):
        heapview.heapdump(tmp_path / name)
    assert sorted(tmp_path.rglob("*")) == before


def test_a_file_size_limit_leaves_nothing(tmp_path):
    program = (
        "import resource, signal, sys, heapview\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))\n"
        "try:\n"
        "    heapview.heapdump(sys.argv[1])\n"
        "except heapview.HeapviewError as error:\n"
        "    print('refused', error)\n"
        "print('the process goes on')\n"
    )
    path = tmp_path / "snap.rkyv"
    done = subprocess.run(
        [sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "refused" in done.stdout
    assert "goes on" in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_a_killed_dump_leaves_nothing_under_the_final_name(tmp_path):
    program = (
        "import sys, heapview\n"
        "kept = [{n: [str(n)]} for n in range(300_000)]\n"
        "print('ready', flush=True)\n"
        "heapview.heapdump(sys.argv[1])\n"
    )
    path = tmp_path / "snap.rkyv"
    process = subprocess.Popen([sys.executable, "-c", program, str(path)], stdout=subprocess.PIPE)
    process.stdout.readline()
    deadline = time.monotonic() + 60
    while not list(tmp_path.iterdir()) and time.monotonic() < deadline:
        pass
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    if path.exists():
        assert heapview.load(path, index=False).n_objects > 0
    else:
        assert [entry.name for entry in tmp_path.iterdir() if entry.name.endswith(".rkyv")] == []
