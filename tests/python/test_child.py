"""What a child that dumps is to others: it holds nothing of the service's, and nobody has to wait for it."""

import fcntl
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import heapview
import pytest
from conftest import FREE_THREADED

pytestmark = [
    pytest.mark.skipif(FREE_THREADED, reason="free-threaded builds refuse fork=True"),
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="what a process is stands in /proc"),
]

TIMEOUT = 120
NO_MALLOC = Path(__file__).parent / "processes" / "no_malloc.c"

# What programs of their own begin with.
PRELUDE = """
import gc, json, os, pathlib, signal, subprocess, sys, time, heapview
path = pathlib.Path(sys.argv[1])
ballast = [[number] for number in range(200_000)]
def until(holds):
    deadline = time.monotonic() + 100
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.001)
def begun():
    for _ in range(20):  # It may be done before we see that it has begun.
        handle = heapview.heapdump(path, fork=True)
        while not handle.done():
            if any(entry.suffix == ".partial" for entry in path.parent.iterdir()):
                return handle
        path.unlink()
    raise AssertionError
def is_gone(pid):
    return not os.path.exists(f"/proc/{pid}")
def children():
    try:
        return os.waitpid(-1, os.WNOHANG)
    except ChildProcessError:
        return None
"""


def run(tmp_path, program, *before, **options):
    """Run the program, with the command `before` in front; return what it printed."""
    folder = tmp_path / "folder"
    folder.mkdir()
    line = [*before, sys.executable, "-c", PRELUDE + program, str(folder / "snap.rkyv")]
    done = subprocess.run(line, capture_output=True, text=True, timeout=TIMEOUT, check=False, **options)
    assert done.returncode == 0, (done.returncode, done.stdout, done.stderr)
    assert [entry.name for entry in folder.iterdir() if entry.name != "snap.rkyv"] == []
    return done.stdout


@contextmanager
def held(tmp_path):
    """Hold a child that has begun to write."""
    ballast = [[number] for number in range(200_000)]
    folder = tmp_path / "folder"
    folder.mkdir()
    while True:  # It may be done before we see that it has begun.
        handle = heapview.heapdump(folder / "snap.rkyv", fork=True)
        while not any(folder.glob(".*.partial")) and not handle.done():
            pass
        if not handle.done():
            os.kill(handle.pid, signal.SIGSTOP)
            break
    try:
        yield handle
        assert not handle.done()
    finally:
        os.kill(handle.pid, signal.SIGCONT)
    assert handle.wait(timeout=TIMEOUT).n_objects > len(ballast)


def test_a_connection_that_the_service_closes_is_closed(tmp_path):
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        socket.create_connection(listener.getsockname()) as client,
    ):
        served, _ = listener.accept()
        with held(tmp_path):
            served.sendall(b"answer")
            served.close()
            client.settimeout(20)
            assert client.recv(100) == b"answer"
            assert client.recv(100) == b""


def test_the_port_is_free_when_the_service_has_closed_it(tmp_path):
    listener = socket.create_server(("127.0.0.1", 0))
    place = listener.getsockname()
    with held(tmp_path):
        listener.close()
        another = f"import socket; socket.create_server({place!r}).close()"
        subprocess.run([sys.executable, "-c", another], check=True, timeout=TIMEOUT)


def test_locks_are_free_when_the_service_gives_them_up(tmp_path):
    (tmp_path / "lock").touch()
    locked = (tmp_path / "lock").open()
    fcntl.flock(locked, fcntl.LOCK_EX)
    with held(tmp_path):
        locked.close()
        with (tmp_path / "lock").open() as other:
            fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_readers_of_the_output_see_its_end(tmp_path):
    program = """
handle = begun()
os.kill(handle.pid, signal.SIGSTOP)
print(handle.pid)
"""
    line = [sys.executable, "-c", PRELUDE + program, str(tmp_path / "snap.rkyv")]
    process = subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    pid = int(process.stdout.readline())
    try:
        assert process.wait(timeout=TIMEOUT) == 0
        rest, _ = process.communicate(timeout=20)
        assert rest == ""
        # It goes on, though its parent has ended.
        os.kill(pid, signal.SIGCONT)
        deadline = time.monotonic() + TIMEOUT
        while not (tmp_path / "snap.rkyv").exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        assert heapview.load(tmp_path / "snap.rkyv", index=False).n_objects > 200_000
    finally:
        if os.path.exists(f"/proc/{pid}"):
            os.kill(pid, signal.SIGKILL)


def test_the_child_has_nothing_open_and_lets_everybody_pass(tmp_path):
    with held(tmp_path) as handle, (tmp_path / "log").open("w"):
        child = Path(f"/proc/{handle.pid}")
        opened = {int(link.name): os.readlink(link) for link in (child / "fd").iterdir()}
        assert [opened.pop(standard) for standard in range(3)] == ["/dev/null"] * 3
        snapshot = [place for place in opened.values() if place.endswith(".partial")]
        pipes = [place for place in opened.values() if place.startswith("pipe:")]
        # The answer; and what has no name is read by the kernel through one of the child's own.
        assert (len(snapshot), len(pipes)) in [(1, 1), (1, 3)]
        assert len(opened) == len(snapshot) + len(pipes)
        assert (child / "comm").read_text() == "heapview-dump\n"
        assert (child / "oom_score_adj").read_text() == "1000\n"
        assert os.getpriority(os.PRIO_PROCESS, handle.pid) == 19
        if shutil.which("ionice"):
            line = ["ionice", "-p", str(handle.pid)]
            done = subprocess.run(line, capture_output=True, text=True, check=True)
            assert done.stdout.startswith("idle")


def test_closed_standard_streams_stay_apart_from_the_snapshot(tmp_path):
    run(
        tmp_path,
        """
for standard in range(3):
    os.close(standard)
heapview.heapdump(path, fork=True).wait()
assert heapview.load(path, index=False).n_objects > 200_000
""",
    )


@pytest.mark.parametrize("way", ["waited for", "kept", "dropped", "dropped and killed"])
def test_no_zombie_is_left(tmp_path, way):
    run(
        tmp_path,
        f"""
way = {way!r}
handle = begun()
pid = handle.pid
if way == "waited for":
    handle.wait()
if way.startswith("dropped"):
    os.kill(pid, signal.SIGSTOP)
    del handle
    gc.collect()
    os.kill(pid, signal.SIGKILL if way.endswith("killed") else signal.SIGCONT)
until(lambda: is_gone(pid))
until(lambda: [entry.suffix for entry in path.parent.iterdir()] in ([".rkyv"], []))
assert path.exists() != way.endswith("killed")
if way == "kept":
    assert handle.done() and handle.wait().n_objects > 200_000
""",
    )


STRANGER = """
told = []
signal.signal(signal.SIGCHLD, lambda number, frame: told.append(number))
handle = begun()
pid = handle.pid
assert children() is None
del handle
until(lambda: children() is not None or is_gone(pid))
assert is_gone(pid) and children() is None and told == [], told
assert heapview.load(path, index=False).n_objects > 200_000
own = subprocess.Popen(["true"])
assert os.waitpid(-1, 0) == (own.pid, 0)
own.returncode = 0
"""


def test_the_program_knows_its_children(tmp_path):
    run(tmp_path, STRANGER)


def test_the_program_knows_its_children_if_it_takes_those_of_others(tmp_path):
    become = "import ctypes; assert ctypes.CDLL(None).prctl(36, 1, 0, 0, 0) == 0\n"
    run(tmp_path, become + STRANGER)


@pytest.fixture
def namespace():
    """Return the command that runs a program as process 1 of a namespace."""
    command = ["unshare", "--user", "--map-root-user", "--pid", "--fork", "--mount-proc"]
    if not shutil.which("unshare") or subprocess.run([*command, "true"], check=False).returncode != 0:
        pytest.skip("this machine allows no namespaces")
    return command


def test_the_first_process_of_a_container_knows_its_children(tmp_path, namespace):
    run(tmp_path, "assert os.getpid() == 1\n" + STRANGER, *namespace)


def test_no_zombie_is_left_where_the_first_process_waits_for_nobody(tmp_path, namespace):
    run(
        tmp_path,
        f"""
dumps = {PRELUDE + STRANGER!r}
subprocess.run([sys.executable, "-c", dumps, str(path)], check=True)
states = [pathlib.Path(f"/proc/{{pid}}/stat").read_text().rpartition(")")[2].split()[0]
          for pid in os.listdir("/proc") if pid.isdigit()]
assert os.getpid() == 1 and len(states) == 1 and "Z" not in states, states
""",
        *namespace,
    )


def test_a_copy_of_the_process_cannot_wait(tmp_path):
    run(
        tmp_path,
        """
import warnings
warnings.simplefilter("ignore")
handle = begun()
pid = os.fork()
if pid == 0:
    try:
        handle.wait()
    except heapview.HeapviewError as error:
        os._exit(7 if f"only process {os.getppid()}" in str(error) else 8)
    os._exit(9)
assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 7
handle.wait()
""",
    )


@pytest.mark.parametrize("fork", [False, True])
@pytest.mark.parametrize("action", ["SIG_DFL", "SIG_IGN", "told.append"])
def test_a_file_size_limit_is_an_error(tmp_path, fork, action):
    told = "lambda number, frame: told.append(number)" if action == "told.append" else f"signal.{action}"
    run(
        tmp_path,
        f"""
import resource
# With one core the thread that has the program's signals writes.
os.sched_setaffinity(0, [min(os.sched_getaffinity(0))])
told = []
signal.signal(signal.SIGXFSZ, {told})
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, resource.RLIM_INFINITY))
try:
    result = heapview.heapdump(path, fork={fork})
    result.wait()
except heapview.HeapviewError as error:
    assert "File too large" in str(error), error
else:
    raise AssertionError
assert told == [] and signal.sigpending() == set()
assert signal.SIGXFSZ not in signal.pthread_sigmask(signal.SIG_BLOCK, [])
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
heapview.heapdump(path)
""",
    )


def test_the_pause_is_what_the_caller_waited_for(tmp_path):
    run(
        tmp_path,
        """
class Owner: pass
owner = Owner()
def slow(obj):
    time.sleep(0.2)
    return []
sys.modules["owners"] = sys
Owner.__module__ = "owners"
heapview.register_adapter("owners.Owner", buffers=slow)
start = time.perf_counter()
handle = heapview.heapdump(path, fork=True)
waited = time.perf_counter() - start
assert 0.2 <= handle.pause_seconds <= waited, (handle.pause_seconds, waited)
assert handle.wait().pause_seconds == handle.pause_seconds
""",
    )


@pytest.mark.parametrize("allocator", ["pymalloc", "malloc"])
def test_the_child_never_asks_the_c_library_for_memory(tmp_path, allocator):
    """Another thread may have been inside the allocator: its locks would stay taken in the child for ever."""
    if not shutil.which("cc") or os.confstr("CS_GNU_LIBC_VERSION") is None:
        pytest.skip("it takes a compiler and glibc")
    library = tmp_path / "no_malloc.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-o", str(library), str(NO_MALLOC)], check=True)
    run(
        tmp_path,
        """
import collections, decimal, enum, re, sqlite3, threading, tracemalloc
for library in ("numpy", "pandas", "lxml.etree", "pyarrow"):
    try:
        __import__(library)
    except ImportError:
        pass
if "lxml.etree" in sys.modules:
    document = sys.modules["lxml.etree"].fromstring("<a>" + "<b c='d'>text</b>" * 1000 + "</a>")
if "pandas" in sys.modules:
    frame = sys.modules["pandas"].DataFrame({"a": range(1000), "b": ["x" * n for n in range(1000)]})
connection = sqlite3.connect(":memory:")
texts = [str(n) * (n % 100) for n in range(20_000)] + [b"x" * 5000, 10 ** 300, 1.5]
compiled = re.compile("(a|b)*c")
def generate():
    local = object()
    yield local
generator = generate()
next(generator)
for options in ({}, {"compress": True}, {"previews": "full"}, {"previews": "none"}, {"redact": True}):
    assert heapview.heapdump(path, fork=True, **options).wait().n_objects > 200_000
try:
    heapview.heapdump(path.parent / "absent" / "snap.rkyv", fork=True)
except heapview.HeapviewError:
    pass
tracemalloc.start()
assert "tracemalloc" in heapview.heapdump(path, fork=True).wait().warnings[-1]
""",
        env={**os.environ, "LD_PRELOAD": str(library), "PYTHONMALLOC": allocator},
    )


def test_the_watch_on_memory_sees_who_asks_for_it(tmp_path):
    """The library above ends a copy that allocates: else the test above could not fail."""
    if not shutil.which("cc") or os.confstr("CS_GNU_LIBC_VERSION") is None:
        pytest.skip("it takes a compiler and glibc")
    library = tmp_path / "no_malloc.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-o", str(library), str(NO_MALLOC)], check=True)
    run(
        tmp_path,
        """
pid = os.fork()
if pid == 0:
    bytearray(1 << 20)
    os._exit(0)
assert os.waitpid(pid, 0)[1] == signal.SIGUSR2
""",
        env={**os.environ, "LD_PRELOAD": str(library)},
    )
