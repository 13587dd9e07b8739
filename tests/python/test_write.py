"""The file is whole and private, or absent."""

import os
import signal
import subprocess
import sys
import time

import heapview
import pytest
from conftest import FREE_THREADED

forks = pytest.mark.skipif(FREE_THREADED, reason="free-threaded builds refuse fork=True")


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
    path.write_text("")
    kept = [object() for _ in range(10)]
    first = heapview.heapdump(path)
    kept.extend(object() for _ in range(1000))
    heapview.heapdump(path)
    assert heapview.load(path, index=False).n_objects > first.n_objects


@pytest.mark.parametrize("fork", [False, pytest.param(True, marks=forks)])
def test_a_file_that_is_no_snapshot_is_kept(tmp_path, fork):
    path = tmp_path / "notebook.ipynb"
    path.write_text("precious")
    with pytest.raises(heapview.HeapviewError, match="no snapshot"):
        dump(path, fork=fork)
    assert path.read_text() == "precious"
    assert list(tmp_path.iterdir()) == [path]
    dump(path, fork=fork, overwrite=True)
    assert heapview.load(path, index=False).n_objects > 0


def dump(path, *, fork, **options):
    """Dump and wait."""
    made = heapview.heapdump(path, fork=fork, **options)
    return made.wait() if fork else made


def test_a_file_that_appears_meanwhile_is_kept(tmp_path):
    # The adapter is asked before the file is begun, and cannot tell what comes after.
    path = tmp_path / "snap.rkyv"
    program = (
        "import pathlib, sys, threading, time, heapview\n"
        "path = pathlib.Path(sys.argv[1])\n"
        "kept = [[number] for number in range(300_000)]\n"
        "handle = heapview.heapdump(path, fork=True)\n"
        "while not any(entry.suffix == '.partial' for entry in path.parent.iterdir()): pass\n"
        "path.write_text('precious')\n"
        "try: handle.wait()\n"
        "except heapview.HeapviewError as error: print(error)\n"
    )
    if not FREE_THREADED:
        done = subprocess.run(
            [sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=True, timeout=60
        )
        assert "no snapshot" in done.stdout
        assert path.read_text() == "precious"
        assert list(tmp_path.iterdir()) == [path]


def test_links_are_followed(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    target = tmp_path / "elsewhere" / "snap.rkyv"
    (tmp_path / "link").symlink_to("elsewhere/middle")
    (tmp_path / "elsewhere" / "middle").symlink_to(target)
    for _ in range(2):
        heapview.heapdump(tmp_path / "link")
        assert (tmp_path / "link").is_symlink()
        assert not target.is_symlink()
        assert heapview.load(target, index=False).n_objects > 0
    assert len(list((tmp_path / "elsewhere").iterdir())) == 2


def test_links_in_a_ring_are_refused(tmp_path):
    (tmp_path / "one").symlink_to("two")
    (tmp_path / "two").symlink_to("one")
    with pytest.raises(heapview.HeapviewError, match="ring"):
        heapview.heapdump(tmp_path / "one")
    assert (tmp_path / "one").is_symlink()


@pytest.mark.skipif(not os.path.exists("/proc/self/fd"), reason="there is no /proc")
def test_standard_output_is_written_to_where_it_leads_and_stays_a_link(tmp_path):
    link = os.readlink("/dev/stdout")
    with (tmp_path / "out.rkyv").open("w") as out:
        subprocess.run(
            [sys.executable, "-c", "import heapview; heapview.heapdump('/dev/stdout')"],
            stdout=out,
            check=True,
        )
    assert os.readlink("/dev/stdout") == link
    assert heapview.load(tmp_path / "out.rkyv", index=False).n_objects > 0
    to_a_pipe = subprocess.run(
        [sys.executable, "-c", "import heapview; heapview.heapdump('/dev/stdout')"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "expected the name of a file" in to_a_pipe.stderr
    assert to_a_pipe.stdout == ""


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="there is no /proc")
@pytest.mark.parametrize("path", ["/proc/self/snap.rkyv", "/sys/snap.rkyv", "/dev/snap.rkyv", "/dev/null"])
def test_the_kernels_folders_are_refused(path):
    with pytest.raises(heapview.HeapviewError, match="expected the name of a file"):
        heapview.heapdump(path)
    assert path == "/dev/null" or not os.path.exists(path)


def test_a_pipe_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(heapview.HeapviewError, match="expected the name of a file"):
        heapview.heapdump(tmp_path / "pipe")


def test_what_a_killed_dump_left_is_removed_by_the_next(tmp_path):
    program = (
        "import os, signal, sys, threading, time, heapview\n"
        "kept = [{n: [str(n)]} for n in range(500_000)]\n"
        "print('ready', flush=True)\n"
        "heapview.heapdump(sys.argv[1])\n"
    )

    def started(name):
        line = [sys.executable, "-c", program, str(tmp_path / name)]
        process = subprocess.Popen(line, stdout=subprocess.PIPE)
        process.stdout.readline()
        return process

    def partials():
        return {entry.name for entry in tmp_path.iterdir() if entry.name.endswith(".partial")}

    killed = started("one.rkyv")
    deadline = time.monotonic() + 60
    while not partials() and time.monotonic() < deadline:
        pass
    killed.kill()
    killed.wait()
    killed.stdout.close()
    left = partials()
    assert left
    alive = started("two.rkyv")
    while not partials() - left and time.monotonic() < deadline:
        pass
    alive.send_signal(signal.SIGSTOP)
    own = partials() - left
    heapview.heapdump(tmp_path / "three.rkyv")
    assert partials() == own
    alive.send_signal(signal.SIGCONT)
    assert alive.wait(timeout=60) == 0
    alive.stdout.close()
    assert partials() == set()
    assert heapview.load(tmp_path / "two.rkyv", index=False).n_objects > 500_000


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
