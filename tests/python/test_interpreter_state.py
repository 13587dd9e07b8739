"""What the interpreter holds by itself has a name, and what C holds for a while is said."""

import signal
import sys
import threading

import pytest
from conftest import FREE_THREADED

# Which thread a dict is of is not known there.
HAS_NO_THREADS = sys.version_info >= (3, 14) or FREE_THREADED
WORDS = {
    "signal handler": "signal handler SIGUSR1",
    "codec search": "codec search path",
    "codec error handler": "codec error handlers",
    "audit hook": "sys.addaudithook",
    "monitoring callback": "sys.monitoring tool 3 PY_START",
    "faulthandler": "faulthandler",
    "collector callback": "gc.callbacks",
    "import hook": "sys.meta_path",
    "path hook": "sys.path_hooks",
    "exit handler": "atexit",
    "fork hook": "os.register_at_fork before",
    "exception hook": "threading.excepthook",
    "unraisable hook": "sys.unraisablehook",
    "trace function": "sys.settrace",
    "profile function": "sys.setprofile",
    "trace function of a thread": "sys.settrace",
    "profile function of a thread": "sys.setprofile",
    "context variable": "contextvar 'variable'",
    "thread local": "thread_local.<dict of thread>"
    if HAS_NO_THREADS
    else "thread_local.<thread 'the worker'>",
}
NEW = {"monitoring callback"} if sys.version_info < (3, 12) else set()
NEW |= {"faulthandler"} if sys.version_info >= (3, 14) else set()


@pytest.fixture
def answers(process):
    return process("interpreter_state")


@pytest.mark.parametrize("name", sorted(set(WORDS) - NEW))
def test_each_place_is_named(answers, name):
    path = answers["paths"][name]
    assert WORDS[name] in path, path
    assert "held from C" not in path, path


def test_a_thread_s_places_say_whose_they_are(answers):
    for name in ["trace function of a thread", "profile function of a thread"]:
        assert "the worker" in answers["paths"][name], answers["paths"][name]
    for name in ["trace function", "profile function"]:
        assert "MainThread" in answers["paths"][name], answers["paths"][name]


def test_nothing_is_left_out(answers):
    assert answers["warnings"] == []
    assert set(answers["paths"]) == set(WORDS) - NEW


def test_a_signal_handler_keeps_its_count_and_is_not_called(dump):
    calls = []

    def handler(*arguments):
        calls.append(arguments)

    before = signal.signal(signal.SIGUSR1, handler)
    try:
        count = sys.getrefcount(handler)
        dump()
        assert sys.getrefcount(handler) == count
        assert signal.getsignal(signal.SIGUSR1) is handler
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert calls == []


def test_a_replaced_getsignal_is_not_called(dump):
    module = sys.modules["_signal"]
    before, calls = module.getsignal, []
    module.getsignal = lambda *arguments: calls.append(arguments)
    try:
        dump()
    finally:
        module.getsignal = before
    assert calls == []


def test_a_list_that_is_being_sorted_is_said_to_be(tmp_path):
    import heapview

    path, warnings = tmp_path / "snap.rkyv", []

    def key(_):
        if not warnings:
            warnings.append(heapview.heapdump(path).warnings)
        return 0

    [[], [], []].sort(key=key)
    assert warnings == [["1 list is being sorted: C holds the elements until that is done"]]
    assert heapview.load(path, index=False).meta["warnings"] == warnings[0]


@pytest.mark.skipif(sys.version_info < (3, 12), reason="sys.monitoring came with 3.12")
def test_importing_leaves_sys_monitoring_as_it_was():
    import subprocess

    program = """
import sys
calls = []
def hook(event, arguments):
    if event.startswith("sys.monitoring"):
        calls.append(arguments[1] if len(arguments) > 1 else None)
for tool in range(6):
    sys.monitoring.use_tool_id(tool, "mine")
    sys.monitoring.register_callback(tool, sys.monitoring.events.PY_START, hook)
sys.monitoring.free_tool_id(4)
before = sys.monitoring.register_callback(4, sys.monitoring.events.PY_START, None)
sys.monitoring.register_callback(4, sys.monitoring.events.PY_START, before)
import heapview
for tool in range(6):
    found = sys.monitoring.register_callback(tool, sys.monitoring.events.PY_START, None)
    assert found is (before if tool == 4 else hook), (tool, found)
    assert sys.monitoring.get_tool(tool) == (None if tool == 4 else "mine")
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr


def test_trace_functions_of_threads_that_come_and_go_do_no_harm(dump):
    stop = threading.Event()

    def trace(*_):
        return None

    def work():
        while not stop.is_set():
            sys.settrace(trace)
            sys.settrace(None)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(3):
            assert dump().meta["warnings"] == []
    finally:
        stop.set()
        for thread in threads:
            thread.join()
