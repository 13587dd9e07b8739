"""The notebook story in a real kernel: an array that `del` does not free."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import FREE_THREADED

ROOT = Path(__file__).resolve().parent.parent.parent
NOTEBOOKS = ROOT / "samples" / "notebooks"
ARRAY_BYTES = 160_000_000


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory):
    if FREE_THREADED:
        pytest.importorskip("ipykernel", reason="IPython's kernel has no wheels for this CPython")
    folder = tmp_path_factory.mktemp("notebook")
    line = [sys.executable, NOTEBOOKS / "drive.py", NOTEBOOKS / "out_cache.ipynb", folder]
    environment = {
        **os.environ,
        "IPYTHONDIR": str(folder / "ipython"),
        "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
    }
    done = subprocess.run(
        [str(word) for word in line],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
        env=environment,
    )
    assert done.returncode == 0, done.stderr
    assert "Out[5]: array(" in done.stdout
    assert "out_cache.rkyv: " in done.stdout
    return folder / "out_cache.rkyv"


def test_paths_lead_with_out_and_name_all_six(snapshot, command):
    done = command("paths", snapshot, "type:numpy.ndarray")
    path, aliases = done.stdout.splitlines()
    assert path == "Out[5]"
    also, _, names = aliases.partition("also ")
    assert also.strip() == ""
    assert sorted(names.split(", ")) == sorted(
        [
            "_5",
            "_",
            "get_ipython().user_ns_hidden['_5']",
            "get_ipython().user_ns_hidden['_']",
            "get_ipython().displayhook._",
        ]
    )


def test_the_array_is_what_the_overview_shows_first(snapshot, command):
    summary = json.loads(command("summary", snapshot, "--json").stdout)
    first = summary["biggest"][0]
    assert first["type"] == "numpy.ndarray"
    assert first["path"]["text"] == "Out[5]"
    assert abs(first["retained_size"] - ARRAY_BYTES) < ARRAY_BYTES / 100
    assert summary["warnings"] == []


def test_out_is_a_selector(snapshot, command):
    by_path = json.loads(command("object", snapshot, "Out[5]", "--json").stdout)
    by_type = json.loads(command("object", snapshot, "type:ndarray", "--json").stdout)
    assert by_path["id"] == by_type["id"]
    shell = json.loads(command("object", snapshot, "get_ipython().displayhook", "--json").stdout)
    assert shell["type"].endswith("DisplayHook")


def test_all_six_references_are_to_be_cut(snapshot, command):
    answer = json.loads(command("free", snapshot, "Out[5]", "--json").stdout)
    cut = sorted(row["text"] for row in answer["cuts"])
    assert cut == sorted(
        [
            "del Out[5]",
            "del _",
            "del _5",
            "del get_ipython().user_ns_hidden['_']",
            "del get_ipython().user_ns_hidden['_5']",
            "get_ipython().displayhook._ = None",
        ]
    )
    assert abs(answer["by_code"]["freed_size"] - ARRAY_BYTES) < ARRAY_BYTES / 100
