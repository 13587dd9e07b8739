"""The command line on a snapshot of a program with known content."""

import json
import re
import subprocess
import sys

import pytest

PROGRAM = """
import sys, heapview
class Order:
    def __init__(self, number):
        self.lines = [f"line {number} {n}" * 10 for n in range(100)]
LOOP = []
LOOP.append(LOOP)
CACHE = {"orders": [Order(number) for number in range(50)], 5: "five"}
heapview.heapdump(sys.argv[1])
CACHE["more"] = [Order(number) for number in range(50)]
heapview.heapdump(sys.argv[2])
"""


@pytest.fixture(scope="module")
def snapshots(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cli")
    paths = [folder / "before.rkyv", folder / "after.rkyv"]
    subprocess.run([sys.executable, "-c", PROGRAM, *map(str, paths)], check=True)
    return paths


def test_every_command_speaks_json(command, snapshots):
    before, after = snapshots
    for words in (
        ["summary", before],
        ["top", before],
        ["histogram", before],
        ["histogram", before, "--by", "module"],
        ["histogram", before, "--by", "referrer", "--where", "type:str"],
        ["top", before, "--where", "Order"],
        ["query", before, "Order retained>1kB"],
        ["cycles", before],
        ["duplicates", before],
        ["waste", before],
        ["patterns", before, "type:str len>1"],
        ["patterns", before],
        ["object", before, "CACHE"],
        ["paths", before, "CACHE"],
        ["tree", before, "CACHE"],
        ["tree", before],
        ["diff", before, after],
    ):
        done = command(*words, "--json")
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout), words
        plain = command(*words)
        assert plain.returncode == 0
        assert plain.stderr == ""
        assert "\x1b" not in plain.stdout


def test_selectors_name_the_same_object(command, snapshots):
    before, _ = snapshots
    facts = json.loads(command("object", before, "CACHE['orders'][3].lines", "--json").stdout)
    for selector in (facts["id"], facts["address"], f"{facts['path']['text']}"):
        assert json.loads(command("object", before, selector, "--json").stdout)["id"] == facts["id"]
    largest = json.loads(command("object", before, "type:Order", "--json").stdout)
    assert largest["type"] == "__main__.Order"
    assert largest["n_selected"] == 50


def test_paths_are_one_a_line_best_first(command, snapshots):
    before, _ = snapshots
    done = command("paths", before, "CACHE['orders'][3]", "--limit", 1)
    assert done.stdout.splitlines()[0] == "CACHE['orders'][3]"


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        ("CACHE['absent']", "has no item ['absent']"),
        ("CACHE.absent", "has no attribute 'absent'"),
        ("absent", "is called 'absent'"),
        ("CACHE[", "expected a key"),
        ("@zz", "expected an object id"),
        ("0x8", "no object at address"),
        ("type:Absent", "no object of type 'Absent'"),
    ],
)
def test_a_selector_that_names_nothing(command, snapshots, selector, expected):
    done = command("paths", snapshots[0], selector)
    assert done.returncode == 1
    assert done.stdout == ""
    assert expected in done.stderr.splitlines()[0]


def test_a_query_lists_what_it_holds_for(command, snapshots):
    before, _ = snapshots
    answer = json.loads(command("query", before, "Order", "--limit", 5, "--json").stdout)
    assert (answer["total"], len(answer["rows"]), answer["truncated"]) == (50, 5, True)
    one = answer["rows"][0]
    assert answer["retained_size"] >= 50 * 100 * 100 > one["retained_size"]
    by_address = json.loads(command("query", before, "Order", "--sort", "address", "--json").stdout)["rows"]
    addresses = [int(row["address"], 16) for row in by_address]
    assert addresses == sorted(addresses)
    assert command("query", before, one["id"]).stdout.startswith("1 object, ")


def test_an_object_is_drawn_with_what_keeps_it_and_what_it_holds(command, snapshots):
    done = command(
        "object", snapshots[0], "CACHE['orders']", "--format", "dot", "--depth", "3", "--limit", "3"
    )
    assert done.returncode == 0, done.stderr
    nodes = dict(re.findall(r'^    (\d+) \[ label = "(.*?)"', done.stdout, re.MULTILINE))
    edges = re.findall(r'^    (\d+) -> (\d+) \[ label = "(.*?)"', done.stdout, re.MULTILINE)
    named = {name: (nodes[start], nodes[end]) for start, end, name in edges}
    assert named["['orders']"][1].startswith("list (50)")
    (element, *_) = [label for name, (_, label) in named.items() if re.fullmatch(r"\[\d+\]", name)]
    assert element.startswith(("__main__.Order", "str"))
    # Up to 3.10 attributes are in a dict.
    assert (named.get(".lines") or named["['lines']"])[1].startswith("list (100)")
    (root,) = [number for number, label in nodes.items() if "module __main__" in label]
    reached = {root}
    while more := {end for start, end, _ in edges if start in reached} - reached:
        reached |= more
    assert reached == set(nodes)
    assert "more references (--limit)" in done.stdout


def test_a_bad_query_is_shown_with_a_caret(command, snapshots):
    done = command("query", snapshots[0], "type:Order retianed>1kB")
    assert done.returncode == 2
    assert done.stdout == ""
    first, query, caret = done.stderr.splitlines()
    assert first == "heapview: expected a field, found retianed; did you mean retained>?"
    assert query[caret.index("^") : caret.rindex("^") + 1] == "retianed"
    none = command("query", snapshots[0], "type:Ordr")
    assert none.returncode == 1
    assert none.stderr == "heapview: no type is called 'Ordr' in this snapshot; did you mean Order?\n"
    assert command("top", snapshots[0], "--where", "(").returncode == 2
    assert command("histogram", snapshots[0], "--where", "type:Ordr").returncode == 1


def test_patterns_put_many_paths_into_one_line(command, snapshots):
    rows = json.loads(command("patterns", snapshots[0], "str or Order or list", "--json").stdout)["rows"]
    found = {row["pattern"]: row for row in rows}
    assert found["CACHE['orders'][*]"]["n_objects"] == 50
    lines = found["CACHE['orders'][*].lines[*]"]
    assert (lines["n_objects"], lines["type"]) == (5000, "str")
    assert lines["retained_size"] == lines["shallow_size"] > 5000 * 100
    by_referrer = command("histogram", snapshots[0], "--by", "referrer", "--where", "str").stdout
    assert "<__main__.Order>.lines[*]" in by_referrer


def test_what_is_cut_says_so(command, snapshots):
    before, _ = snapshots
    assert "more (--limit)" in command("top", before, "--limit", 3).stdout
    assert json.loads(command("histogram", before, "--limit", 3, "--json").stdout)["truncated"] is True
    assert "more (--limit)" in command("tree", before, "--limit", 3, "--depth", 1).stdout


def test_the_diff_finds_what_grew(command, snapshots):
    before, after = snapshots
    rows = json.loads(command("diff", before, after, "--json").stdout)["rows"]
    (orders,) = [row for row in rows if row["type"] == "__main__.Order"]
    assert (orders["baseline_objects"], orders["objects_delta"]) == (50, 50)
    assert rows[0]["type"] == "str"
    same = command("diff", before, before)
    assert same.returncode == 1


def test_a_closed_pipe_is_no_error(snapshots):
    line = f"{sys.executable} -m heapview histogram {snapshots[0]} --limit 100000 --json | head -n 1"
    done = subprocess.run(["bash", "-o", "pipefail", "-c", line], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""


def test_wrong_words_are_an_error(command):
    for words in (["summary"], ["nonsense", "x", "y"], ["top", "x", "--by", "weight"], []):
        done = command(*words)
        assert done.returncode == 2
        assert "Usage" in done.stderr or "--help" in done.stderr


def test_help_lists_every_command(command):
    done = command("--help")
    assert done.returncode == 0
    for name in (
        "summary",
        "top",
        "histogram",
        "object",
        "paths",
        "tree",
        "diff",
        "browse",
        "query",
        "patterns",
        "cycles",
        "duplicates",
        "waste",
    ):
        assert f"  {name} " in done.stdout
