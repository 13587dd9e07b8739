"""Where a snapshot goes: links are followed, other files spared, and what killed dumps left is removed."""

import fcntl
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time

import heapview
import pytest
from conftest import FREE_THREADED

WAYS = [False] if FREE_THREADED else [False, True]
TIMEOUT = 120
LINUX = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="this is the kernel of Linux")


def dump(path, *, fork=False, **options):
    result = heapview.heapdump(path, fork=fork, **options)
    return result.wait() if fork else result


def is_snapshot(path):
    return not path.is_symlink() and heapview.load(path, index=False).n_objects > 0


def refusal(path, **options):
    """Return what a dump says that is refused; it is one sentence, and leaves everything as it was."""
    before = sorted(path.parent.iterdir())
    with pytest.raises(heapview.HeapviewError) as raised:
        dump(path, **options)
    assert sorted(path.parent.iterdir()) == before
    assert "\n" not in str(raised.value)
    assert str(raised.value).startswith(f"{path}: ")
    return str(raised.value)


@pytest.mark.parametrize("fork", WAYS)
def test_links_are_followed(tmp_path, fork):
    real = tmp_path / "disk" / "snap.rkyv"
    real.parent.mkdir()
    (tmp_path / "disk" / "second").symlink_to("snap.rkyv")
    (tmp_path / "first").symlink_to(tmp_path / "disk" / "second")
    for _ in range(2):  # A link that leads nowhere yet, then one to a snapshot.
        dump(tmp_path / "first", fork=fork)
        assert (tmp_path / "first").is_symlink()
        assert (tmp_path / "disk" / "second").is_symlink()
        assert is_snapshot(real)
        assert sorted(os.listdir(tmp_path)) == ["disk", "first"]
        assert sorted(os.listdir(real.parent)) == ["second", "snap.rkyv"]


def test_links_that_lead_back_are_refused(tmp_path):
    (tmp_path / "one").symlink_to("two")
    (tmp_path / "two").symlink_to("one")
    assert "expected a file, found links that lead back to themselves" in refusal(tmp_path / "one")


@LINUX
def test_a_device_stays_what_it_is(tmp_path):
    # A link as /dev/stdout is one: should the test fail, the machine keeps its own.
    (tmp_path / "stdout").symlink_to("/proc/self/fd/1")
    script = f"import heapview; heapview.heapdump({str(tmp_path / 'stdout')!r})"
    with (tmp_path / "out.rkyv").open("w") as out:
        subprocess.run([sys.executable, "-c", script], stdout=out, check=True, timeout=TIMEOUT)
    assert is_snapshot(tmp_path / "out.rkyv")
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False, timeout=TIMEOUT)
    assert done.stdout == b""
    assert b"expected a folder for files, found /proc/" in done.stderr
    assert os.readlink(tmp_path / "stdout") == "/proc/self/fd/1"


@LINUX
@pytest.mark.parametrize(
    "path", ["/proc/self/snap", "/sys/snap", "/dev/snap", "/dev/null", "/proc/self/comm"]
)
def test_the_kernels_folders_are_refused(path):
    found = os.path.exists(path)
    try:
        with pytest.raises(heapview.HeapviewError, match="expected a folder for files, found /"):
            heapview.heapdump(path)
        assert os.path.exists(path) == found
    finally:
        if not found and os.path.exists(path):
            os.unlink(path)


@LINUX
@pytest.mark.parametrize("fork", WAYS)
def test_links_into_the_kernels_folders_are_refused(tmp_path, fork):
    (tmp_path / "null").symlink_to("/dev/null")
    assert "expected a folder for files, found /dev" in refusal(tmp_path / "null", fork=fork, overwrite=True)
    memory = pathlib.Path(f"/dev/shm/heapview-test-{os.getpid()}")
    try:
        dump(memory, fork=fork)
        assert is_snapshot(memory)
    finally:
        memory.unlink(missing_ok=True)


def test_what_is_no_file_is_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    assert "no regular file" in refusal(tmp_path / "pipe", overwrite=True)
    assert "a directory" in refusal(tmp_path / "folder", overwrite=True)
    with pytest.raises(heapview.HeapviewError, match="found an empty text"):
        heapview.heapdump("")


@pytest.mark.parametrize("fork", WAYS)
@pytest.mark.parametrize("through_link", [False, True])
def test_a_file_that_is_no_snapshot_is_spared(tmp_path, fork, through_link):
    notebook = tmp_path / "precious.ipynb"
    notebook.write_text('{"cells": []}')
    path = tmp_path / "link" if through_link else notebook
    if through_link:
        path.symlink_to(notebook)
    assert "found another file: overwrite=True" in refusal(path, fork=fork)
    assert notebook.read_text() == '{"cells": []}'
    dump(path, fork=fork, overwrite=True)
    assert is_snapshot(notebook)
    dump(path, fork=fork)


def test_an_empty_file_may_be_taken(tmp_path):
    (tmp_path / "made.by.mkstemp").touch()
    dump(tmp_path / "made.by.mkstemp")
    assert is_snapshot(tmp_path / "made.by.mkstemp")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_cannot_be_read_is_spared(tmp_path):
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "secret").chmod(0)
    assert "found a file that cannot be read" in refusal(tmp_path / "secret")


@pytest.mark.parametrize("was_there", [False, True])
def test_a_file_that_comes_meanwhile_is_spared(tmp_path, was_there):
    """An adapter is asked when the name has been found good, and before it is taken."""
    program = """
import pathlib, sys, heapview
path = pathlib.Path(sys.argv[1])
class Owner: pass
owner = Owner()
def write(owner):
    path.write_text("dear diary")
    return []
sys.modules["owners"] = sys
Owner.__module__ = "owners"
heapview.register_adapter("owners.Owner", buffers=write)
try:
    heapview.heapdump(path)
except heapview.HeapviewError as error:
    print(error)
"""
    path = tmp_path / "snap.rkyv"
    if was_there:
        dump(path)
    line = [sys.executable, "-c", program, str(path)]
    done = subprocess.run(line, capture_output=True, text=True, check=True, timeout=TIMEOUT)
    assert "found another file: overwrite=True" in done.stdout
    assert path.read_text() == "dear diary"
    assert os.listdir(tmp_path) == ["snap.rkyv"]


@pytest.mark.skipif(FREE_THREADED, reason="free-threaded builds refuse fork=True")
def test_a_file_that_comes_while_the_child_writes_is_spared(tmp_path):
    path = tmp_path / "snap.rkyv"
    ballast = [[number] for number in range(200_000)]
    handle = heapview.heapdump(path, fork=True)
    os.kill(handle.pid, signal.SIGSTOP)
    path.write_text("dear diary")
    os.kill(handle.pid, signal.SIGCONT)
    with pytest.raises(heapview.HeapviewError, match="found another file: overwrite=True"):
        handle.wait(timeout=TIMEOUT)
    assert path.read_text() == "dear diary"
    assert os.listdir(tmp_path) == ["snap.rkyv"]
    del ballast


def test_home_is_where_a_shell_has_it(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    result = heapview.heapdump("~/snap.rkyv")
    assert os.fspath(result.path) == str(tmp_path / "snap.rkyv")
    assert heapview.load("~/snap.rkyv", index=False).n_objects == result.n_objects
    # A path that is made by a program is taken as it is.
    with pytest.raises(heapview.HeapviewError, match="No such file or directory"):
        heapview.heapdump(pathlib.Path("~/snap.rkyv"))


WRITER = """
import sys, heapview
ballast = [[number] for number in range(300_000)]
dump = heapview.heapdump(sys.argv[1], fork="fork" in sys.argv)
if "fork" in sys.argv:
    dump.wait()
"""


def partials(folder):
    return {entry for entry in folder.iterdir() if entry.name.endswith(".partial")}


def is_locked(partial):
    try:
        with partial.open() as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def writer(folder, name, *words, before=()):
    """Start a dump that is stopped while it writes, and return it with its file."""
    others = partials(folder)
    line = [*before, sys.executable, "-c", WRITER, str(folder / name), *words]
    for _ in range(20):  # It may be done before we see that it has begun.
        process = subprocess.Popen(line, start_new_session=True)
        while process.poll() is None and not any(is_locked(one) for one in partials(folder) - others):
            pass
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGSTOP)
            time.sleep(0.05)
            if partials(folder) - others:
                (partial,) = partials(folder) - others
                return process, partial
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        (folder / name).unlink(missing_ok=True)
    raise AssertionError("dumps end too soon to be stopped")


def killed(folder, *words):
    """Return what a dump leaves whose processes are all killed."""
    process, partial = writer(folder, "killed.rkyv", *words)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    with partial.open() as file:  # A child takes a moment more to be gone.
        fcntl.flock(file, fcntl.LOCK_EX)
    return partial


@pytest.mark.parametrize("fork", WAYS)
@pytest.mark.parametrize("words", [()] if FREE_THREADED else [(), ("fork",)])
def test_what_killed_dumps_left_is_removed_by_the_next(tmp_path, words, fork):
    left = killed(tmp_path, *words)
    assert partials(tmp_path) == {left}
    dump(tmp_path / "snap.rkyv", fork=fork)
    assert os.listdir(tmp_path) == ["snap.rkyv"]


def test_a_refused_dump_removes_nothing(tmp_path):
    left = killed(tmp_path)
    (tmp_path / "notes").write_text("dear diary")
    refusal(tmp_path / "notes")
    assert left.exists()


@pytest.mark.parametrize("words", [()] if FREE_THREADED else [(), ("fork",)])
def test_what_is_being_written_stays(tmp_path, words):
    check_a_living_one(tmp_path, words, ())


@LINUX
def test_what_another_container_writes_stays(tmp_path):
    command = ("unshare", "--user", "--map-root-user", "--pid", "--fork", "--mount-proc")
    if not shutil.which("unshare") or subprocess.run([*command, "true"], check=False).returncode != 0:
        pytest.skip("this machine allows no namespaces")
    check_a_living_one(tmp_path, (), command)


def check_a_living_one(folder, words, before):
    process, partial = writer(folder, "slow.rkyv", *words, before=before)
    dump(folder / "quick.rkyv")
    assert partials(folder) == {partial}
    os.killpg(process.pid, signal.SIGCONT)
    assert process.wait(timeout=TIMEOUT) == 0
    assert is_snapshot(folder / "slow.rkyv")
    assert partials(folder) == set()


def test_files_that_only_look_like_ours_stay(tmp_path):
    start = b"\x89HVIEW\r\n"
    names = {
        ".heapview-1-2-3.partial": b"dear diary",
        ".heapview-notes": start,
        "heapview-1-2-3.partial": start,
        ".other-1-2-3.partial": start,
    }
    for name, content in names.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "target").write_bytes(start)
    (tmp_path / ".heapview-9-9-9.partial").symlink_to("target")
    os.mkfifo(tmp_path / ".heapview-8-8-8.partial")
    (tmp_path / ".heapview-7-7-7.partial").mkdir()
    before = set(os.listdir(tmp_path))
    dump(tmp_path / "snap.rkyv")
    assert set(os.listdir(tmp_path)) == before | {"snap.rkyv"}
    (tmp_path / ".heapview-6-6-6.partial").write_bytes(start + b"as long as you like")
    dump(tmp_path / "snap.rkyv")
    assert set(os.listdir(tmp_path)) == before | {"snap.rkyv"}


def test_what_killed_writers_of_an_index_left_is_removed(tmp_path):
    ballast = [[number] for number in range(300_000)]
    heapview.heapdump(tmp_path / "snap.rkyv")
    del ballast
    line = [
        sys.executable,
        "-c",
        "import sys, heapview; heapview.load(sys.argv[1])",
        str(tmp_path / "snap.rkyv"),
    ]
    for _ in range(20):  # It may be whole before we see it.
        (tmp_path / "snap.rkyv.idx").unlink(missing_ok=True)
        process = subprocess.Popen(line)
        while not partials(tmp_path) and process.poll() is None:
            pass
        process.kill()
        process.wait()
        if partials(tmp_path):
            break
    assert len(partials(tmp_path)) == 1
    (tmp_path / "snap.rkyv.idx").unlink(missing_ok=True)
    subprocess.run(line, check=True, timeout=TIMEOUT)
    assert sorted(os.listdir(tmp_path)) == ["snap.rkyv", "snap.rkyv.idx"]


def test_an_index_spares_other_files(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    heapview.heapdump(tmp_path / "snap.rkyv")
    (tmp_path / "snap.rkyv.idx").write_text("the list of my friends")
    line = [
        sys.executable,
        "-c",
        "import sys, heapview; heapview.load(sys.argv[1])",
        str(tmp_path / "snap.rkyv"),
    ]
    subprocess.run(line, check=True, timeout=TIMEOUT)
    assert (tmp_path / "snap.rkyv.idx").read_text() == "the list of my friends"
    assert len(list((tmp_path / "cache" / "heapview").iterdir())) == 1


class InBytes:
    """A path as `os.scandir` of `bytes` gives it."""

    def __init__(self, path: bytes) -> None:
        self.path = path

    def __fspath__(self) -> bytes:
        return self.path


@pytest.mark.parametrize("wrapped", [bytes, InBytes])
@pytest.mark.parametrize("name", [b"snap.rkyv", b"\xff\xfe.rkyv"])
def test_a_path_may_be_bytes(tmp_path, wrapped, name):
    path = os.fsencode(tmp_path) + b"/" + name
    result = heapview.heapdump(wrapped(path))
    assert os.listdir(os.fsencode(tmp_path)) == [name]
    assert os.fsencode(result.path) == path
    assert heapview.load(wrapped(path), index=False).n_objects == result.n_objects


def test_what_is_no_path_is_refused():
    with pytest.raises(TypeError, match=r"expected str, bytes or os.PathLike object, not int"):
        heapview.heapdump(5)
