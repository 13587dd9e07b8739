"""Paths in the words of people: tasks, tracebacks, caches, context variables; names of one keeper."""

import subprocess
import sys
from pathlib import Path

import heapview
import pytest

PROGRAMS = Path(__file__).resolve().parent.parent.parent / "samples" / "programs"
RUN = """
import sys
program, path = sys.argv[1:]
with open(program) as file:
    exec(compile(file.read(), program, "exec"))
{more}
import heapview
heapview.heapdump(path)
"""
CACHES = """
class Service:
    @functools.lru_cache(maxsize=None)
    def load(self, key):
        return {"key": key}
Service().load("k")
numbers = twice = [Session("of two names")]
"""


@pytest.fixture
def snapshot_of(tmp_path):
    def dump(program, more=""):
        path = tmp_path / "snap.rkyv"
        words = [sys.executable, "-c", RUN.format(more=more), PROGRAMS / f"{program}.py", path]
        subprocess.run([str(word) for word in words], check=True, timeout=120)
        return heapview.load(path, index=False)

    return dump


def test_a_local_variable_of_a_task(snapshot_of):
    snapshot = snapshot_of("tasks", "RESULTS.clear()")
    paths = {obj.path_to_root().text for obj in snapshot.find("type:__main__.Response")}
    assert paths == {"asyncio task 'fetch' local 'resp'"}


def test_a_local_variable_of_a_function_that_failed(snapshot_of):
    snapshot = snapshot_of("exceptions")
    paths = {obj.path_to_root().text for obj in snapshot.find("type:__main__.Batch")}
    assert "last -> load() local 'batch'" in paths
    assert "failures[0].__context__ -> load() local 'batch'" in paths


def test_what_a_cached_method_keeps(snapshot_of):
    snapshot = snapshot_of("caches", CACHES)
    (service,) = snapshot.find("type:__main__.Service")
    assert service.path_to_root().text == "Service.load.cache key[0]"


def test_names_of_one_keeper_stand_together(snapshot_of):
    snapshot = snapshot_of("caches", CACHES)
    (both,) = snapshot.find("numbers")
    (path,) = both.paths()
    assert [path.text, *path.aliases] == ["numbers", ("twice", True)]


def test_a_variable_of_the_running_context(snapshot_of):
    more = "import contextvars; variable = contextvars.ContextVar('request'); variable.set(Session('here'))"
    snapshot = snapshot_of("caches", more)
    texts = {obj.path_to_root().text for obj in snapshot.find("type:__main__.Session")}
    assert any(text.startswith("contextvar 'request'") for text in texts)
