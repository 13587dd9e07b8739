"""The `%heapdump` magic: what it takes, what it says, and what it leaves in the shell."""

import json
import os
import subprocess
import sys

import heapview
import pytest
from conftest import FREE_THREADED

pytest.importorskip("IPython")

PROGRAM = """
import contextlib, io, json, sys
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
shell.run_cell("%load_ext heapview")
printed = io.StringIO()
with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
    results = [shell.run_cell(cell, store_history=True) for cell in json.loads(sys.argv[1])]
print(json.dumps({
    "printed": printed.getvalue(),
    "errors": [type(result.error_in_exec).__name__ for result in results if result.error_in_exec],
    "Out": {number: repr(value) for number, value in shell.user_ns["Out"].items()},
    "result": type(shell.user_ns.get("result")).__name__,
    "path": str(getattr(shell.user_ns.get("result"), "path", "")),
}))
"""


@pytest.fixture
def run(tmp_path):
    """Return a function that runs cells in a shell of their own, in an empty folder."""
    folder = tmp_path / "work"
    folder.mkdir()

    def run_cells(*cells):
        environment = {**os.environ, "IPYTHONDIR": str(tmp_path / "ipython"), "HOME": str(tmp_path)}
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, json.dumps(cells)],
            capture_output=True,
            text=True,
            check=True,
            timeout=180,
            cwd=folder,
            env=environment,
        )
        return json.loads(done.stdout.splitlines()[-1]) | {"files": sorted(os.listdir(folder))}

    run_cells.folder = folder
    return run_cells


def test_help_is_help_and_no_file(run):
    for word in ("--help", "-h", "snap.rkyv --help"):
        answer = run(f"%heapdump {word}")
        for option in ("--previews", "--redact", "--compress", "--fork", "--overwrite", "-f"):
            assert option in answer["printed"]
        assert (answer["files"], answer["errors"], answer["Out"]) == ([], [], {})
    assert (
        "--redact" in run("%heapdump?", "print(get_ipython().find_line_magic('heapdump').__doc__)")["printed"]
    )


def test_all_options_reach_the_dump(run):
    run(
        "text = 'a' * 30 + 'bcd' * 1000",
        "%heapdump --compress --previews full packed.rkyv",
        "%heapdump plain.rkyv",
    )
    packed, plain = (run.folder / name for name in ("packed.rkyv", "plain.rkyv"))
    assert packed.stat().st_size < plain.stat().st_size * 0.8
    assert heapview.load(packed, index=False).meta["previews"] == "full"
    run("%heapdump --redact --previews=none hidden.rkyv")
    meta = heapview.load(run.folder / "hidden.rkyv", index=False).meta
    assert (meta["previews"], meta["is_redacted"]) == ("none", True)


def test_names_are_quoted_as_in_a_shell(run):
    answer = run(
        "%heapdump 'a b.rkyv'",
        '%heapdump "c d.rkyv" --compress',
        "%heapdump ~/e.rkyv",
        "%heapdump my snap.rkyv",
    )
    assert (answer["files"], answer["errors"]) == (["a b.rkyv", "c d.rkyv", "my snap.rkyv"], [])
    assert "    heapview 'my snap.rkyv'\n" in answer["printed"]
    assert (run.folder.parent / "e.rkyv").exists()


def test_without_a_name_the_file_is_named_after_the_time(run):
    (name,) = run("%heapdump")["files"]
    assert name.startswith("heap-")
    assert name.endswith(".rkyv")


@pytest.mark.parametrize(
    "cell", ["%heapdump x.rkyv", "1 + 1\n%heapdump x.rkyv", "%heapdump x.rkyv;", "%heapdump x.rkyv\nNone"]
)
def test_nothing_is_kept_that_nobody_asked_for(run, cell):
    answer = run(cell)
    assert (answer["Out"], answer["errors"], answer["files"]) == ({}, [], ["x.rkyv"])
    assert answer["printed"].count("x.rkyv: ") == 1
    assert "<heapview" not in answer["printed"]


@pytest.mark.parametrize(
    "cell",
    [
        "result = %heapdump x.rkyv",
        "if True:\n    result = %heapdump x.rkyv",
        "%time result = 1\nresult = %heapdump x.rkyv",
    ],
)
def test_the_result_can_be_kept(run, cell):
    answer = run(cell, "'last'")
    assert (answer["result"], answer["path"]) == ("DumpResult", "x.rkyv")
    assert list(answer["Out"].values()) == ["'last'"]
    assert "x.rkyv: " in answer["printed"]


@pytest.mark.skipif(FREE_THREADED, reason="free-threaded builds refuse fork=True")
def test_a_child_can_write(run):
    answer = run("result = %heapdump --fork x.rkyv", "n = result.wait().n_objects", "%heapdump --fork y.rkyv")
    assert answer["result"] == "DumpHandle"
    assert (answer["errors"], answer["Out"]) == ([], {})
    assert "process " in answer["printed"]
    assert "x.rkyv" in answer["files"]


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("absent/snap.rkyv", "absent/snap.rkyv: No such file or directory"),
        ("notes.txt", "found another file: overwrite=True, or %heapdump -f, replaces it"),
        ("--previews all x", "invalid choice: 'all'"),
        ("--wrong x", "unrecognized arguments: --wrong"),
        ("'a", "no closing quotation"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(run, line, sentence):
    (run.folder / "notes.txt").write_text("dear diary")
    answer = run(f"%heapdump {line}")
    assert answer["errors"] == ["UsageError"]
    (printed,) = answer["printed"].splitlines()
    assert printed.startswith("UsageError: ")
    assert sentence in printed
    assert answer["files"] == ["notes.txt"]


def test_a_file_is_replaced_if_one_says_so(run):
    (run.folder / "notes.txt").write_text("dear diary")
    assert run("%heapdump -f notes.txt")["errors"] == []
    assert heapview.load(run.folder / "notes.txt", index=False).n_objects > 0
