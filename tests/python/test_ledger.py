"""The process ledger: where the memory of the whole process is."""

import ctypes
import gc
import json
import os
import subprocess
import sys
import types
from pathlib import Path

import apart
import heapview
import pytest
from conftest import FREE_THREADED

linux_only = pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="there is no /proc")
mimalloc_reason = "free-threaded builds take Python's memory from mimalloc, which is not asked"
pymalloc_only = pytest.mark.skipif(FREE_THREADED, reason=mimalloc_reason)
MEGABYTE = 1 << 20


def statm_rss():
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.fixture
def ledger(dump):
    """Return a function that dumps this process and returns the ledger."""
    return lambda: dump().summary()["ledger"]


@pytest.fixture
def odd_module():
    """Put a module of our making into `sys.modules`; take it out again."""
    module = types.ModuleType("odd_module")
    sys.modules["odd_module"] = module
    yield module
    del sys.modules["odd_module"]


@linux_only
def test_the_kernel_agrees(ledger):
    expected = statm_rss()
    found = ledger()
    assert abs(found["rss"] - expected) < expected / 5
    assert 0 < found["pss"] <= found["rss"]
    assert 0 < found["private_dirty"] <= found["rss"]
    assert 0 < found["anonymous"] <= found["rss"]
    assert found["swap"] >= 0
    assert found["n_threads"] >= 1
    assert found["system"] == " ".join(os.uname()[index] for index in (0, 2, 4))
    assert found["python"] == " ".join(sys.version.split())


@pytest.fixture
def grown(tmp_path):
    """Return a function that runs a line in a process of its own, and returns the ledgers before and after.

    In this one the allocators may give back at any time what earlier tests took.
    """

    def run(line):
        said = apart.run(
            tmp_path / "folder",
            f"""
import ctypes, json
libc = ctypes.CDLL(None)
libc.malloc.restype, libc.malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
dump()
before = dump().summary()["ledger"]
{line}
after = dump().summary()["ledger"]
print(json.dumps([before, after]))
""",
        )
        before, after = json.loads(said)
        return lambda part: (after[part] - before[part]) / MEGABYTE

    return run


@linux_only
def test_what_grows_is_seen_to_grow(grown):
    by = grown("taken = bytearray(b'x') * (64 << 20)")
    for part in ("rss", "anonymous", "private_dirty", "objects_size"):
        assert 60 < by(part) < 80, part
    assert abs(by("unexplained_size")) < 8
    assert abs(by("native_size")) < 8


@linux_only
@pymalloc_only
def test_what_a_library_takes_for_itself_is_native(grown):
    by = grown("""
for _ in range(64):
    ctypes.memset(libc.malloc(1 << 20), 1, 1 << 20)
""")
    assert 60 < by("rss") < 80
    assert 60 < by("native_size") < 70
    assert abs(by("unexplained_size")) < 8


@linux_only
@pytest.mark.skipif(FREE_THREADED, reason="mimalloc writes the zeros")
def test_what_is_not_in_memory_does_not_make_less_than_nothing(ledger):
    # Pages of zeros that nobody has touched: an object far larger than what is in RAM.
    untouched = bytes(2048 * MEGABYTE)
    found = ledger()
    assert found["objects_size"] > found["rss"]
    assert found["unexplained_size"] == 0
    assert len(untouched) == 2048 * MEGABYTE


@linux_only
def test_the_parts_add_up(ledger):
    found = ledger()
    free = sum(part["free"] for part in (found["malloc"], found["pymalloc"]) if part)
    rest = found["rss"] - found["objects_size"] - found["buffers_size"] - free
    assert found["native_size"] + found["unexplained_size"] == max(rest, 0)


@pymalloc_only
@pytest.mark.skipif("PYTHONMALLOC" in os.environ, reason="another allocator was asked for")
def test_pymalloc_is_counted(ledger):
    before = ledger()["pymalloc"]
    assert before["in_use"] + before["free"] <= before["arenas"]
    many = [bytes([number % 256]) * 400 for number in range(20_000)]
    after = ledger()["pymalloc"]
    assert 8_000_000 < after["in_use"] - before["in_use"] < 12_000_000
    del many
    freed = ledger()["pymalloc"]
    assert abs(freed["in_use"] - before["in_use"]) < 1_000_000


@pymalloc_only
@pytest.mark.parametrize(("allocator", "is_counted"), [("malloc", False), ("debug", True)])
def test_another_allocator_is_no_pymalloc(tmp_path, allocator, is_counted):
    path = tmp_path / "snap.rkyv"
    line = [sys.executable, "-c", "import sys, heapview; heapview.heapdump(sys.argv[1])", str(path)]
    subprocess.run(line, check=True, env={**os.environ, "PYTHONMALLOC": allocator})
    found = heapview.load(path, index=False).summary()["ledger"]
    assert (found["pymalloc"] is not None) is is_counted
    assert found["argv"] == ["-c", str(path)]


@pymalloc_only
@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "mallinfo2"), reason="the C library does not count")
def test_malloc_is_counted(ledger):
    before = ledger()["malloc"]
    # Blocks above pymalloc's 512 bytes, below those that get a mapping of their own.
    many = [bytes([number % 256]) * 10_000 for number in range(1000)]
    after = ledger()["malloc"]
    assert 9_000_000 < after["in_use"] - before["in_use"] < 12_000_000
    del many[::2]
    assert ledger()["malloc"]["free"] - after["free"] > 4_000_000
    large = bytearray(64 * MEGABYTE)
    assert ledger()["malloc"]["mmapped"] - after["mmapped"] >= len(large)


def test_the_collector_is_as_gc_says(ledger):
    before = gc.get_stats()
    found = ledger()["gc"]
    after = gc.get_stats()
    assert found["is_enabled"] is gc.isenabled() is True
    assert found["thresholds"] == list(gc.get_threshold())
    assert len(found["counts"]) == 3
    if sys.version_info >= (3, 15):
        # A ring of recent collections, which is not read.
        assert found["generations"] == []
        return
    assert len(found["generations"]) == len(before)
    for earlier, state, later in zip(before, found["generations"], after):
        for name in ("collections", "collected", "uncollectable"):
            assert earlier[name] <= state[name] <= later[name]
    gc.disable()
    try:
        assert ledger()["gc"]["is_enabled"] is False
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_the_counts_are_those_of_the_moment(tmp_path):
    path = str(tmp_path / "snap.rkyv")
    gc.collect()
    gc.disable()
    try:
        kept = [[] for _ in range(500)]
        expected = gc.get_count()
        heapview.heapdump(path)
    finally:
        gc.enable()
    found = heapview.load(path, index=False).summary()["ledger"]["gc"]["counts"]
    assert abs(found[0] - expected[0]) <= 5
    assert found[1:] == list(expected[1:])
    assert len(kept) == 500


def test_the_thresholds_are_those_of_the_moment(ledger):
    thresholds = gc.get_threshold()
    gc.set_threshold(123, 4, 5)
    try:
        assert ledger()["gc"]["thresholds"] == list(gc.get_threshold())
    finally:
        gc.set_threshold(*thresholds)


def test_packages_have_their_versions(ledger):
    packages = ledger()["packages"]
    assert packages["pytest"] == pytest.__version__
    assert list(packages) == sorted(packages)
    assert not any("." in name for name in packages)


def test_only_plain_texts_are_versions(ledger, odd_module):
    class Text(str):
        def __eq__(self, other):
            raise AssertionError

        __hash__ = str.__hash__

    for version, expected in [
        ("1.2", "1.2"),
        ("größe", "größe"),
        ("9" * 100, "9" * 64),
        (Text("1.2"), None),
        ((1, 2), None),
        (b"1.2", None),
    ]:
        odd_module.__version__ = version
        assert ledger()["packages"].get("odd_module") == expected
    del odd_module.__version__
    odd_module.__dict__[Text("__version__")] = "1.2"
    assert "odd_module" not in ledger()["packages"]


def test_argv_is_read_when_dumping(ledger, monkeypatch):
    assert ledger()["argv"] == sys.argv
    monkeypatch.setattr(sys, "argv", ["größe.py", "--secret", "", "\x1b[31m"])
    assert ledger()["argv"] == sys.argv


def test_argv_may_be_anything(ledger, monkeypatch):
    class Arguments(list):
        def __iter__(self):
            raise AssertionError

    class Argument(str):
        def __str__(self):
            raise AssertionError

    for argv in (None, ("x",), 5, Arguments(["x"])):
        monkeypatch.setattr(sys, "argv", argv)
        assert ledger()["argv"] is None
    monkeypatch.setattr(sys, "argv", ["x", Argument("y"), 5])
    assert ledger()["argv"] == ["x", "<Argument>", "<int>"]
    monkeypatch.delattr(sys, "argv")
    assert ledger()["argv"] is None


def test_it_is_shown(command, tmp_path):
    path = tmp_path / "snap.rkyv"
    heapview.heapdump(path)
    shown = command("summary", path)
    assert shown.returncode == 0, shown.stderr
    lines = shown.stdout.splitlines()
    assert any(line.endswith("- Python objects") for line in lines)
    assert any(line.startswith("packages ") and f"pytest {pytest.__version__}" in line for line in lines)
    ledger = json.loads(command("summary", path, "--json").stdout)["ledger"]
    assert ledger == heapview.load(path, index=False).summary()["ledger"]
