"""Every printed path is a selector: given back, it finds the very object."""

import collections
import json
import random
import re
import subprocess
import sys
from pathlib import Path

import heapview
import pytest

HERE = Path(__file__).resolve().parent
PROGRAMS = HERE.parent.parent / "samples" / "programs"
RUN = """
import sys
program, snapshot = sys.argv[1:]
with open(program) as file:
    exec(compile(file.read(), program, "exec"))
import heapview
heapview.heapdump(snapshot)
"""
SAMPLES = ["caches", "exceptions", "tasks", "threads", "frames", "notebook", "web"]
# All of them on one version, fewer on the others.
N_OBJECTS = 1000 if sys.version_info[:2] == (3, 12) else 100
QUOTED = re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\"""")


IS_THOROUGH = sys.version_info[:2] == (3, 12)
TRIED = [*SAMPLES, "hostile"] if IS_THOROUGH else ["exceptions", "tasks", "hostile"]


@pytest.fixture(scope="module", params=TRIED)
def path(request, tmp_path_factory):
    path = tmp_path_factory.mktemp(request.param) / "snap.rkyv"
    words = ["-c", RUN, PROGRAMS / f"{request.param}.py", path]
    if request.param == "hostile":
        words = [HERE / "processes" / "hostile_names.py", path]
    line = [sys.executable, *map(str, words)]
    done = subprocess.run(line, capture_output=True, text=True, timeout=180, check=False)
    assert done.returncode == 0, done.stderr
    return path


@pytest.fixture(scope="module")
def snapshot(path):
    return heapview.load(path)


@pytest.fixture(scope="module")
def printed(snapshot):
    """Objects of all sorts, each with its printed paths and whether they are Python."""
    objects = snapshot.top(limit=snapshot.n_objects)
    reachable = [obj for obj in objects if obj.is_reachable]
    picked = random.Random(2026).sample(reachable, min(N_OBJECTS, len(reachable)))
    paths = [
        (obj, printed_paths(obj))
        for obj in {obj.id: obj for obj in picked + reachable[: N_OBJECTS // 2]}.values()
    ]
    # What the program itself made, and what no root in Python leads to.
    odd = [(obj, obj.path_to_root()) for obj in reachable[N_OBJECTS // 2 : N_OBJECTS * 5]]
    odd = [obj for obj, path in odd if not path.is_expression or "." not in path.text]
    small = list(snapshot.query("type:list len<=3"))
    return paths + [
        (obj, printed_paths(obj))
        for obj in odd[: N_OBJECTS // 2] + small[: N_OBJECTS * 3 // 2]
        if obj.is_reachable
    ]


def printed_paths(obj):
    paths = [found for found in [obj.path_to_root(), *obj.paths(limit=5)] if found]
    texts = {found.text: found.is_expression for found in paths}
    return {**texts, **{alias: is_python for found in paths for alias, is_python in found.aliases}}


def found_by(snapshot, selector):
    try:
        return [obj.id for obj in snapshot.find(selector)]
    except heapview.HeapviewError as error:
        return str(error)


def test_each_printed_path_finds_the_very_object(snapshot, printed):
    wrong, n_paths, n_words = [], 0, 0
    for obj, paths in printed:
        for text, is_python in paths.items():
            n_paths, n_words = n_paths + 1, n_words + (not is_python)
            found = found_by(snapshot, text)
            if found != [obj.id]:
                wrong.append((text, obj, found))
    assert n_paths >= N_OBJECTS
    assert n_words >= N_OBJECTS / 10
    assert wrong == []


def test_a_path_that_is_no_python_looks_so(printed):
    for _, paths in printed:
        for text, is_python in paths.items():
            has_words = "<" in QUOTED.sub("", text)
            assert has_words != is_python, text
            assert text.isprintable(), text


def test_each_pattern_finds_its_objects(snapshot):
    lists = snapshot.query("type:list")
    n_open = 0
    for row in lists.patterns(limit=8):
        if row["pattern"] is None:
            continue
        found = found_by(snapshot, row["pattern"])
        is_open = "[*]" in row["pattern"] or ".**" in row["pattern"]
        n_open += is_open
        # Objects of other types may be of the same pattern; words that are not open name one object.
        assert row["largest"] in found or not is_open, row
        assert len(found) >= (row["n_objects"] if is_open else 1), row
    for row in snapshot.histogram(limit=4, by="referrer"):
        if row["name"] != "unreachable":
            found = found_by(snapshot, row["name"])
            assert len(found) in (1, row["n_objects"]), row
            assert len(found) == row["n_objects"] or "[*]" not in row["name"], row
    assert n_open


def test_the_command_line_takes_them(printed, path, command):
    texts = {}
    for obj, paths in printed:
        words = [text for text, is_python in paths.items() if not is_python and len(text) < 500]
        # One of each form.
        for text in words[:1]:
            texts.setdefault(
                tuple(sorted(set(re.findall(r"<[a-z+ ]+", QUOTED.sub("", text))))), (text, obj.id)
            )
    assert texts
    for text, object_id in list(texts.values())[:4]:
        done = command("object", path, text, "--json")
        assert done.returncode == 0, (text, done.stderr)
        assert json.loads(done.stdout)["id"] == object_id
    text, object_id = next(iter(texts.values()))
    for words in (["paths", path, text, "--json"], ["free", path, text, "--json"]):
        done = command(*words)
        assert done.returncode in (0, 1), (text, done.stderr)
        assert json.loads(done.stdout)["object"]["id"] == object_id


def test_what_names_nothing_is_said_with_its_place(tmp_path, command):
    path = tmp_path / "snap.rkyv"
    heapview.heapdump(path)
    snapshot = heapview.load(path)
    for selector, message in [
        ("<no such root>", "no root of this snapshot is called <no such root>"),
        ("sys.<no such words>", "'sys' (module) holds nothing as <no such words> in this snapshot"),
        ("sys.<no end", "this '<' has no '>'"),
        ("no_such_name[*]", "no object of this snapshot has a path like no_such_name[*]"),
    ]:
        with pytest.raises(heapview.HeapviewError) as raised:
            snapshot.find(selector)
        assert message in str(raised.value)
    done = command("object", path, "sys.<no end")
    assert done.returncode == 1
    assert done.stderr.splitlines()[1:] == ["  sys.<no end", "      ^"]


Pair = collections.namedtuple("Pair", "first second")


class Computing:
    def __init__(self) -> None:
        self._kept = ["kept"]

    @property
    def kept(self):
        return self._kept


KEPT = [Pair(["one"], ["two"]), Computing()]


def test_what_is_worked_out_when_asked_for_is_nothing_that_the_heap_holds(dump):
    snapshot = dump()
    here = f"__import__('{__name__}').KEPT"
    assert [obj.address for obj in snapshot.find(f"{here}[0][1]")] == [id(KEPT[0][1])]
    assert [obj.address for obj in snapshot.find(f"{here}[1]._kept")] == [id(KEPT[1]._kept)]
    for computed in ("[0].second", "[1].kept"):
        with pytest.raises(heapview.HeapviewError, match="has no attribute"):
            snapshot.find(here + computed)
