"""What stops a dump: a clear exception, nothing under the final name, and a process that goes on."""

import functools
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import apart
import heapview
import pytest


@pytest.fixture
def run(tmp_path):
    """Return a function that runs a program in a process of its own."""
    return functools.partial(apart.run, tmp_path / "folder")


def test_a_folder_that_may_not_be_written(run):
    said = run("""
os.chmod(os.path.dirname(path), 0o555)
if os.geteuid() == 0:
    os.setegid(65534)
    os.seteuid(65534)
    os.umask(0o022)
print(refused())
if os.getuid() == 0:
    os.seteuid(0)
os.chmod(os.path.dirname(path), 0o755)
assert refused() == ""
""")
    assert "Permission denied" in said


def test_a_disk_that_is_full(run):
    before = ["unshare", "--mount"]
    probe = [*before, "sh", "-c", "mount -t tmpfs -o size=1m none /mnt"]
    if shutil.which("unshare") is None or subprocess.run(probe, capture_output=True, check=False).returncode:
        pytest.skip("a full disk needs `unshare --mount` and the right to mount a tmpfs")
    said = run(
        """
import subprocess
folder = os.path.dirname(path)
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=300k", "none", folder], check=True)
print(refused())
assert os.listdir(folder) == []
subprocess.run(["mount", "-o", "remount,size=100m", folder], check=True)
assert refused() == ""
""",
        *before,
    )
    assert "No space left on device" in said


def test_no_file_descriptor_is_left(run):
    said = run("""
soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
message = refused()
resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
print(message)
assert refused() == ""
""")
    assert "Too many open files" in said


@pytest.mark.parametrize(
    "make", [os.mkfifo, lambda path: os.symlink("/dev/null", path)], ids=["pipe", "device"]
)
def test_a_name_that_is_no_regular_file_is_kept(tmp_path, make):
    path = tmp_path / "snap.rkyv"
    make(path)
    with pytest.raises(heapview.HeapviewError, match=r"no regular file|which is the kernel's"):
        heapview.heapdump(path)
    assert list(tmp_path.iterdir()) == [path]
    assert not path.is_file()


@pytest.mark.parametrize("path", ["", "nul\0byte", "x" * 300])
def test_a_name_that_no_file_can_have(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises((heapview.HeapviewError, ValueError)):
        heapview.heapdump(path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits the address space of a process")
@pytest.mark.parametrize(
    "heap",
    ["[[n] for n in range(100_000)]", "list(range(1_000_000))", "set(range(1_000_000))"],
    ids=["small lists", "a large list", "a large set"],
)
def test_memory_runs_out(run, heap):
    said = run(f"""
heap = {heap}
n_refused = 0
for tenths in [*range(0, 120, 3), *range(120, 300, 20), *range(300, 1000, 40)]:
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (address_space() + (tenths << 20) // 10, hard))
    try:
        heapview.heapdump(path)
        os.unlink(path)
    except heapview.HeapviewError as error:
        assert str(error).startswith(path + ": out of memory: at least "), error
        assert "more must be free" in str(error), error
        assert not os.path.exists(path)
        n_refused += 1
    resource.setrlimit(resource.RLIMIT_AS, (hard, hard))
assert refused() == ""
print(n_refused)
""")
    assert int(said) >= 5


# Fills the address space until nothing is left; `free` gives so many mebibytes of it back, in one piece.
FILLED = """
import mmap
def fill():
    global block
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (address_space() + (200 << 20), hard))
    block = []
    for size in [1 << 20, 1 << 16]:
        try:
            while True:
                block.append(mmap.mmap(-1, size))
        except (MemoryError, OSError):
            pass
def free(n_mebibytes):
    size = sum(len(part) for part in block)
    for part in block:
        part.close()
    del block[:]
    block.append(mmap.mmap(-1, size - (n_mebibytes << 20)))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits the address space of a process")
@pytest.mark.parametrize("n_mebibytes", [40, 20])
@pytest.mark.parametrize(
    "options",
    ["previews='short'", "compress=True", "redact=True", "fork=True"],
)
def test_a_dump_takes_what_memory_there_is(run, n_mebibytes, options):
    run(
        FILLED
        + f"""
heap = [[f"text {{n}}", {{n: None}}] for n in range(100_000)]
fill()
free({n_mebibytes})
result = heapview.heapdump(path, {options})
n_objects = (result.wait() if {"fork" in options} else result).n_objects
assert n_objects > 300_000
block[0].close()
resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
assert heapview.load(path, index=False).n_objects == n_objects
os.unlink(path)
"""
    )


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits the address space of a process")
def test_an_error_says_how_much_memory_was_missing(run):
    run(
        FILLED
        + """
import math, re
fill()
size, tries = 0, []
free(size)
while not os.path.exists(path):
    try:
        heapview.heapdump(path)
    except heapview.HeapviewError as error:
        words, found = str(error)[len(path):], re.findall(r"([0-9.]+) MiB", str(error))
        assert words.startswith(": out of memory: at least "), words
        missing, was_free = map(float, [*found, 0][:2])
        assert size - 1 <= was_free <= size + 2, (size, words)
        tries.append(missing)
        size += math.ceil(missing)
        free(size)
        assert os.listdir(os.path.dirname(path)) == []
# The first answer is nearly right, and the whole is little.
assert tries[0] >= 4
assert len(tries) <= 4, tries
assert size <= 16, tries
os.unlink(path)
"""
    )


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits the address space of a process")
def test_a_child_takes_what_memory_it_may_have(run):
    said = run(
        FILLED
        + """
fill()
free(1)
result = heapview.heapdump(path, fork=True).wait()
assert result.n_objects > 5_000
assert any("memory was too short to ask adapters" in warning for warning in result.warnings), result.warnings
os.unlink(path)
resource.setrlimit(resource.RLIMIT_AS, (address_space() + (1 << 20),) * 2)
try:
    heapview.heapdump(path, fork=True).wait()
except heapview.HeapviewError as error:
    print(error)
"""
    )
    assert "out of memory: at least" in said


# One signal where the handler raises: a second one would be raised while the first is being handled.
@pytest.mark.parametrize(
    ("handler", "interval"), [("signal.default_int_handler", 0), ("lambda *_: caught.append(1)", 0.01)]
)
def test_a_signal_waits_for_the_dump(run, handler, interval):
    run(f"""
heap = [[n] for n in range(400_000)]
caught = []
signal.signal(signal.SIGALRM, {handler})
for delay in [0.001, 0.01, 0.05, 0.2]:
    try:
        signal.setitimer(signal.ITIMER_REAL, delay, {interval})
        heapview.heapdump(path)
        signal.setitimer(signal.ITIMER_REAL, 0)
    except KeyboardInterrupt:
        caught.append(1)
    assert not [name for name in os.listdir(os.path.dirname(path)) if name.endswith(".partial")]
    if os.path.exists(path):
        assert heapview.load(path, index=False).n_objects > 400_000
        os.unlink(path)
assert caught
signal.signal(signal.SIGALRM, signal.SIG_IGN)
assert refused() == ""
""")


def test_the_working_folder_is_gone(run):
    said = run("""
folder = path + ".gone"
os.mkdir(folder)
os.chdir(folder)
os.rmdir(folder)
whole, path = path, "snap.rkyv"
print(refused())
path = whole
assert refused() == ""
""")
    assert "No such file" in said


def test_a_child_of_fork_dumps_as_its_parent_does(run):
    run("""
child = os.fork()
if child == 0:
    os._exit(0 if refused() == "" else 1)
assert os.waitpid(child, 0)[1] == 0
assert refused() == ""
""")


def test_the_snapshot_stays_what_it_was_where_the_dump_fails(tmp_path):
    path = tmp_path / "snap.rkyv"
    heapview.heapdump(path)
    before = path.read_bytes()
    program = (
        "import resource, sys, heapview\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))\n"
        "heapview.heapdump(sys.argv[1])\n"
    )
    done = subprocess.run([sys.executable, "-c", program, path], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "File too large" in done.stderr
    assert list(Path(tmp_path).iterdir()) == [path]
    assert path.read_bytes() == before


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux binds a process to a core")
def test_a_second_thread_writes_where_there_is_a_core_for_it(run):
    run("""
import time
heap = [[n] for n in range(400_000)]
def seconds_of_other_threads():
    before = time.process_time() - time.thread_time()
    heapview.heapdump(path)
    after = time.process_time() - time.thread_time()
    os.unlink(path)
    return after - before
mask = signal.pthread_sigmask(signal.SIG_BLOCK, [])
cores = os.sched_getaffinity(0)
# Writing ten megabytes takes several milliseconds; two clocks read one after another differ by microseconds.
assert len(cores) == 1 or seconds_of_other_threads() > 0.001
assert signal.pthread_sigmask(signal.SIG_BLOCK, []) == mask
os.sched_setaffinity(0, [min(cores)])
assert seconds_of_other_threads() < 0.001
""")


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the limit on processes is not one on threads")
def test_no_thread_can_be_made():
    # The limit does not hold for root, and a user without rights cannot enter pytest's folders.
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        apart.run(
            Path(folder) / "folder",
            """
import threading
os.chmod(os.path.dirname(path), 0o777)
if os.getuid() == 0:
    os.setgid(65534)
    os.setuid(65534)
resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
try:
    threading.Thread(target=print).start()
    raise SystemExit("a thread could be made")
except RuntimeError:
    pass
heapview.heapdump(path)
assert os.path.getsize(path) > 100_000
os.unlink(path)
""",
        )
