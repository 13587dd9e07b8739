"""Where objects were allocated, as far as `tracemalloc` traced it."""

import json
import subprocess
import sys
import tracemalloc
from pathlib import Path

import heapview
import pytest
from conftest import FREE_THREADED, PROCESSES, TIMEOUT

pytestmark = pytest.mark.skipif(FREE_THREADED, reason="free-threaded builds leave allocation sites out")

SITES, OBJECT_SITES = 8, 9


def python(*words):
    line = [sys.executable, *map(str, words)]
    done = subprocess.run(line, capture_output=True, text=True, timeout=TIMEOUT, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def sections(path):
    """Return the numbers of the sections that the file has."""
    data = Path(path).read_bytes()
    start, length = (int.from_bytes(data[-offset:][:8], "little") for offset in (40, 32))
    return {int.from_bytes(data[at : at + 4], "little") for at in range(start, start + length, 40)}


@pytest.fixture(scope="module")
def traced(tmp_path_factory):
    """Return what a process with traced allocations says of itself."""
    path = tmp_path_factory.mktemp("sites") / "snap.rkyv"
    return json.loads(python("-X", "tracemalloc=5", PROCESSES / "sites.py", path))


@pytest.fixture(scope="module")
def snapshot(traced):
    return heapview.load(traced["path"])


def at(snapshot, address):
    (found,) = snapshot.find(hex(int(address)))
    return found


def test_tracemalloc_agrees(traced, snapshot):
    assert len(traced["said"]) > 1000
    assert traced["n_types"] > 50
    for address, frames in traced["said"].items():
        found = at(snapshot, address)
        # Reading the global that holds one, to ask for its site, makes it the module (3.15).
        if found.type_name != "lazy_import":
            assert found.allocated_at == [tuple(frame) for frame in frames], repr(found)


def test_known_lines_are_found(traced, snapshot):
    for kind, address in traced["made"].items():
        expected = [(traced["file"], traced["lines"][kind]), (traced["file"], traced["make_line"])]
        assert at(snapshot, address).allocated_at[:2] == expected, kind
        assert len(at(snapshot, address).allocated_at) <= 5


def test_the_data_of_an_array_has_a_site(traced, snapshot):
    pytest.importorskip("numpy")
    array = at(snapshot, traced["made"]["array"])
    ((_, data),) = [reference for reference in array.referents() if reference[0] == "data"]
    assert data.allocated_at[0] == (traced["file"], traced["lines"]["array"])


def test_what_was_not_allocated_has_no_site(snapshot):
    static = [found for found in snapshot.find("type:type") if found.preview in ("int", "list", "object")]
    assert len(static) >= 3
    assert [found.allocated_at for found in static] == [[]] * len(static)


def test_a_dump_leaves_the_heap_as_it_was(traced):
    # The first fills CPython's free lists, and each number itself is a block.
    first, *others = traced["blocks"][1:]
    assert max(others) - first <= len(others)


def test_the_collector_rests_and_is_as_it_was(traced):
    # One is due before or after any dump; inside it the tuples would start another.
    assert traced["n_collections"] <= 1
    assert traced["is_enabled"] == [False, True]


@pytest.mark.parametrize("words", ["pass", "import tracemalloc; tracemalloc.start(); tracemalloc.stop()"])
def test_without_tracing_there_is_no_section(tmp_path, words):
    path = tmp_path / "snap.rkyv"
    program = f"import sys, heapview; {words}; heapview.heapdump(sys.argv[1]); print(*sys.modules)"
    modules = python("-c", program, path).split()
    assert ("tracemalloc" in modules) == ("tracemalloc" in words)
    assert not sections(path) & {SITES, OBJECT_SITES}
    snapshot = heapview.load(path, index=False)
    assert snapshot.find("type:list")[0].allocated_at == []
    (row,) = snapshot.histogram(by="site")
    assert (row["file"], row["line"], row["n_objects"]) == (None, None, snapshot.n_objects)


def test_tracing_may_begin_late(dump):
    if tracemalloc.is_tracing():
        pytest.skip("it began early")
    early = [object()]
    tracemalloc.start(3)
    try:
        late = [[index, early] for index in range(500)][-1]
        snapshot = dump()
        expected = tracemalloc.get_object_traceback(late)
    finally:
        tracemalloc.stop()
    assert at(snapshot, id(early)).allocated_at == []
    found = at(snapshot, id(late)).allocated_at
    assert found == [(frame.filename, frame.lineno) for frame in expected][::-1]
    assert found[0][0] == __file__


def test_sixteen_frames_are_kept(tmp_path):
    path = tmp_path / "snap.rkyv"
    program = (
        "import sys, heapview\n"
        "def down(depth):\n"
        "    return bytearray(1000) if depth == 0 else \\\n"
        "        down(depth - 1)\n"
        "kept = down(30)\n"
        "heapview.heapdump(sys.argv[1])\n"
        "print(id(kept))"
    )
    address = python("-X", "tracemalloc=40", "-c", program, path)
    assert (
        at(heapview.load(path, index=False), address).allocated_at
        == [("<string>", 3)] + [("<string>", 4)] * 15
    )


def test_it_is_shown(command, traced):
    address = hex(traced["made"]["instance"])
    first, second = (
        f"{traced['file']}:{line}" for line in (traced["lines"]["instance"], traced["make_line"])
    )
    shown = command("object", traced["path"], address)
    assert shown.returncode == 0, shown.stderr
    lines = shown.stdout.splitlines()
    place = lines.index(f"{'allocated':<12} {first}")
    assert lines[place + 1] == f"{'':<12} from {second}"
    answer = json.loads(command("object", traced["path"], address, "--json").stdout)
    assert answer["allocated_at"][0] == {"file": traced["file"], "line": traced["lines"]["instance"]}


def test_objects_are_counted_by_site(command, traced, snapshot):
    rows = snapshot.histogram(by="site")
    assert sum(row["n_objects"] for row in rows) == snapshot.n_objects
    sizes = [row["shallow_size"] for row in rows]
    assert sizes == sorted(sizes, reverse=True)
    by_line = {(row["file"], row["line"]): row for row in rows}
    if "array" in traced["made"]:
        array = by_line[traced["file"], traced["lines"]["array"]]
        assert array["shallow_size"] >= 800_000
    shown = command("histogram", traced["path"], "--by", "site", "--limit", "5")
    assert shown.returncode == 0, shown.stderr
    assert len(shown.stdout.splitlines()) == 7
    answer = json.loads(command("histogram", traced["path"], "--by", "site", "--json", "--limit", "5").stdout)
    assert answer["rows"] == rows[:5]
    assert snapshot.histogram(by="type") == snapshot.histogram()
    with pytest.raises(ValueError, match="by='type', 'module', 'referrer' or 'site'"):
        snapshot.histogram(by="colour")


def test_nothing_traced_is_said(command, dump, tmp_path):
    dump()
    shown = command("histogram", tmp_path / "snap.rkyv", "--by", "site")
    assert shown.returncode == 1
    assert "tracemalloc" in shown.stderr
    assert "Traceback" not in shown.stderr
