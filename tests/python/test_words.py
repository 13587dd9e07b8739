"""Paths in the words of people: tasks, tracebacks, caches, context variables; names of one keeper."""

import json
import os
import re
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
    # The words go on with the path that keeps the task.
    assert paths == {f"pending[{number}].<asyncio task 'fetch'>.<local 'resp'>" for number in range(5)}


def test_a_local_variable_of_a_function_that_failed(snapshot_of):
    snapshot = snapshot_of("exceptions")
    paths = {obj.path_to_root().text for obj in snapshot.find("type:__main__.Batch")}
    assert "last.<frame of load()>.<local 'batch'>" in paths
    assert "failures[0].__context__.<frame of load()>.<local 'batch'>" in paths


def test_what_a_cached_method_keeps(snapshot_of):
    snapshot = snapshot_of("caches", CACHES)
    (service,) = snapshot.find("type:__main__.Service")
    text = service.path_to_root().text
    assert re.fullmatch(r"Service\.load\.<cache>\.<keys>\[<\w+ @[0-9a-f]+>\]\[0\]", text), text


def test_names_of_one_keeper_stand_together(snapshot_of):
    snapshot = snapshot_of("caches", CACHES)
    (both,) = snapshot.find("numbers")
    (path,) = both.paths()
    assert [path.text, *path.aliases] == ["numbers", ("twice", True)]


def test_a_variable_of_the_running_context(snapshot_of):
    more = "import contextvars; variable = contextvars.ContextVar('request'); variable.set(Session('here'))"
    snapshot = snapshot_of("caches", more)
    texts = {obj.path_to_root().text for obj in snapshot.find("type:__main__.Session")}
    context = r"<interpreter context, thread ('MainThread'|0x[0-9a-f]+)>\.<contextvar 'request'>"
    assert any(re.fullmatch(context, text) for text in texts), texts


def test_a_thread_without_a_name_is_its_number(tmp_path):
    path = tmp_path / "snap.rkyv"
    lines = ["def f():", " held = [bytearray(9)]", " import heapview, sys", " heapview.heapdump(sys.argv[1])"]
    program = "\n".join([*lines, "f()"])
    folder = str(Path(heapview.__file__).parent.parent)  # `-S` leaves out where packages are.
    environment = {**os.environ, "PYTHONPATH": folder}
    line = [sys.executable, "-S", "-c", program, str(path)]
    subprocess.run(line, check=True, timeout=120, env=environment)
    snapshot = heapview.load(path)
    (held,) = (obj for obj in snapshot.query("type:bytearray") if obj.path_to_root().root_kind == "frame")
    text = held.path_to_root().text
    assert re.fullmatch(r"<f\(\) at <string>:4, thread 0x[0-9a-f]+>\.<local 'held'>\[0\]", text), text
    assert [obj.id for obj in snapshot.find(text)] == [held.id]


def test_what_the_collector_gave_up_is_named_once(tmp_path, command):
    path = tmp_path / "snap.rkyv"
    program = "import gc, heapview, sys\ngc.garbage.append([1])\nheapview.heapdump(sys.argv[1])"
    subprocess.run([sys.executable, "-c", program, str(path)], check=True, timeout=120)
    (garbage,) = heapview.load(path).find("gc.garbage")
    best = garbage.path_to_root()
    assert (best.text, best.is_expression) == ("gc.garbage", True)
    paths = json.loads(command("paths", path, "gc.garbage", "--json").stdout)["paths"]
    assert "gc.garbage" in [found["root"] for found in paths]
    assert "gc.garbage gc.garbage" not in json.dumps(paths)
    builtins = json.loads(command("paths", path, "builtins", "--json").stdout)["paths"]
    assert "builtins builtins" not in json.dumps(builtins)


SERVER = """
import threading
class Arbiter:
    def spawn_worker(self, app):
        worker = lambda: app
        worker.wsgi = app
        import heapview, sys
        heapview.heapdump(sys.argv[1])
"""
SHOP = """
class Cart:
    pass
class Shop:
    def __init__(self):
        self.level = {"deep": [{"carts": {"all": {"by user": {"ann": [[[[Cart()]]]]}}}}]}
application = Shop()
"""
MAIN = """
import sys
sys.path[:0] = [sys.argv[2], sys.argv[3]]
def main():
    import server, shop
    server.Arbiter().spawn_worker(shop.application)
main()
"""


@pytest.mark.parametrize("folder", ["site-packages", "dist-packages", "own"])
def test_a_variable_inside_a_library_is_no_name_for_what_the_program_keeps(tmp_path, folder):
    library, own, path = tmp_path / "lib" / folder, tmp_path / "srv", tmp_path / "snap.rkyv"
    for place, name, text in [(library, "server", SERVER), (own, "shop", SHOP)]:
        place.mkdir(parents=True)
        (place / f"{name}.py").write_text(text)
    line = [sys.executable, "-c", MAIN, *map(str, (path, library, own))]
    subprocess.run(line, check=True, timeout=120)
    snapshot = heapview.load(path)
    (cart,) = snapshot.find("type:shop.Cart")
    best = cart.path_to_root()
    # Up to 3.10 code objects do not tell the class.
    function = "Arbiter.spawn_worker" if sys.version_info >= (3, 11) else "spawn_worker"
    assert best.text.startswith("shop.application.level" if folder != "own" else f"<{function}() at ")
    (worker,) = (
        obj
        for obj in snapshot.query("type:function")
        if obj.preview.endswith("<lambda>") and obj.preview.startswith("Arbiter.")
    )
    assert re.fullmatch(
        r"<(Arbiter\.)?spawn_worker\(\) at server\.py:\d+, thread [^>]+>\.<local 'worker'>",
        worker.path_to_root().text,
    )


STANDARD = """
import heapq, heapview, sys, types
sys.modules["shop"] = types.ModuleType("shop")
sys.modules["shop"].carts = {"of": {"all": {"users": [1, [[[[bytearray(7)]]]]]}}}
def key(item):
    if item == 1:
        heapview.heapdump(sys.argv[1])
    return 0
heapq.nsmallest(1, sys.modules["shop"].carts["of"]["all"]["users"], key=key)
"""


def test_a_variable_inside_the_standard_library_is_none_either(tmp_path):
    path = tmp_path / "snap.rkyv"
    subprocess.run([sys.executable, "-c", STANDARD, str(path)], check=True, timeout=120)
    # Others may have some.
    bytearrays = [obj for obj in heapview.load(path).query("type:bytearray") if obj.shallow_size < 200]
    (found,) = [obj for obj in bytearrays if "carts" in obj.path_to_root().text]
    assert found.path_to_root().text == "shop.carts['of']['all']['users'][1][0][0][0][0]"
    texts = [other.text for other in heapview.load(path).find("shop.carts['of']['all']['users']")[0].paths()]
    # A frame object of the callback's may be the nearer way to it.
    assert any("<nsmallest() at heapq.py:" in text or ".f_back." in text for text in texts), texts


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("", "unreachable: the next collection frees it"),
        ("gc.disable()", "unreachable: it waits for gc.collect(), for the collector is disabled"),
        ("gc.freeze()", "unreachable: gc.freeze() has set it apart"),
        ("gc.set_debug(gc.DEBUG_SAVEALL)", "unreachable: a collection puts it into gc.garbage"),
    ],
)
def test_what_the_collector_does_with_garbage_is_said_as_it_is(tmp_path, command, state, expected):
    path = tmp_path / "snap.rkyv"
    program = f"""
import gc, os, sys
import heapview
gc.collect()
gc.set_threshold(1_000_000)
class Node: pass
node = Node()
node.itself = node
del node
{state}
heapview.heapdump(sys.argv[1])
os._exit(0)
"""
    subprocess.run([sys.executable, "-c", program, str(path)], check=True, timeout=120)
    done = command("object", path, "type:__main__.Node")
    assert expected in done.stdout
