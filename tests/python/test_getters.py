"""Fields of compiled classes, which declare no members: named by what their getters read, uncalled."""

import asyncio
import functools
import platform
import subprocess
import sys
import threading
from pathlib import Path

import apart
import pytest
from conftest import FREE_THREADED, object_at

SOURCE = Path(__file__).parent / "processes" / "getters.c"
pytestmark = pytest.mark.skipif(
    platform.machine() not in ("x86_64", "AMD64"), reason="only the machine code of x86-64 is read"
)


@pytest.fixture
def run(tmp_path):
    """Return a function that runs a program in a process of its own."""
    return functools.partial(apart.run, tmp_path / "folder")


def labels(found):
    """Return the labels of what an object holds, by address."""
    return {referent.address: label for label, referent in found.referents()}


def test_getters_name_the_fields_that_they_give(run, tmp_path):
    apart.build(SOURCE, tmp_path)
    run(f"""
sys.path.insert(0, {str(tmp_path)!r})
import getters
fields = [["plain"], ["checked"], ["computed"], ["hidden"], ["first"], ["second"]]
kept = getters.Kept(*fields)
snapshot = dump()
found = {{thing.address: label for label, thing in at(snapshot, kept).referents()}}
named = [found[id(field)] for field in fields]
print(named)
assert named[:2] == ["<plain>", "<checked>"]
# What is made of a field is no name of it.
assert named[2:] == ["<+0x20>", "<+0x28>", "<+0x30>", "<+0x38>"]
text = at(snapshot, fields[0]).paths()
assert any(path.text == "kept.<plain>" and not path.is_expression for path in text), text
assert snapshot.find("kept.<checked>")[0] == at(snapshot, fields[1])
os._exit(0)
""")


def test_fields_of_tasks_and_futures(dump):
    async def work():
        await asyncio.sleep(30)

    async def main():
        task = asyncio.ensure_future(work())
        future = asyncio.get_running_loop().create_future()
        first, second = (lambda _: None), (lambda _: None)
        future.add_done_callback(first)
        future.add_done_callback(second)
        done = asyncio.get_running_loop().create_future()
        result = ["the result"]
        done.set_result(result)
        await asyncio.sleep(0)
        snapshot = dump()
        of_task, of_future = labels(object_at(snapshot, task)), labels(object_at(snapshot, future))
        of_done = labels(object_at(snapshot, done))
        task.cancel()
        assert of_task[id(task.get_coro())] == "<_coro>"
        assert of_task[id(task._loop)] == "<_loop>"
        assert "<_fut_waiter>" in of_task.values()
        assert "<context>" in of_task.values()
        assert of_future[id(first)] == "<callback>"
        assert "<callbacks>" in of_future.values()
        assert of_done[id(result)] == "<_result>"
        for found in (of_task, of_future, of_done):
            assert not [label for label in found.values() if label.startswith("<+")], found

    asyncio.run(main())


LOCAL = threading.local()


def test_what_a_thread_keeps_is_called_by_its_name(dump):
    LOCAL.value = ["of this thread"]
    ready, done = threading.Event(), threading.Event()

    def work():
        LOCAL.value = {"of": "another"}
        ready.set()
        done.wait(30)

    thread = threading.Thread(target=work, name="the worker")
    thread.start()
    ready.wait(30)
    snapshot = dump()
    done.set()
    thread.join()
    found = labels(object_at(snapshot, LOCAL))
    assert not [label for label in found.values() if label.startswith("<+")], found
    if sys.version_info >= (3, 14) or FREE_THREADED:
        return  # Which thread a dict is of is not known there.
    for name, type_name in (("MainThread", "list"), ("the worker", "dict")):
        text = f"test_getters.LOCAL.<thread {name!r}>['value']"
        (value,) = snapshot.find(text)
        assert value.type_name == type_name
        assert text in [path.text for path in value.paths()]


COUNT = """
def count_unnamed(objects):
    n_all, unnamed = 0, {}
    for found in objects:
        for label, _ in found.referents():
            n_all += 1
            if label.startswith("<+") or label in ("<unnamed>", "unnamed"):
                unnamed[found.type_name, label] = unnamed.get((found.type_name, label), 0) + 1
    print(sum(unnamed.values()), "of", n_all, "references have no name:", unnamed)
    return n_all, sum(unnamed.values())
"""


def test_the_type_checker_over_a_source(run):
    pytest.importorskip("mypy.nodes")
    run(
        COUNT
        + """
from mypy import build, modulefinder, nodes, options
assert not nodes.__file__.endswith(".py"), "it is compiled"
wanted = options.Options()
wanted.incremental, wanted.preserve_asts, wanted.export_types = False, True, True
text = "import typing\\ndef f(x: int) -> str:\\n    return str(x)\\n"
result = build.build([modulefinder.BuildSource(None, "program", text)], wanted)
snapshot = dump()
n_all, n_unnamed = count_unnamed(snapshot.query("module:mypy.nodes or module:mypy.types")[:20_000])
assert n_all > 10_000
assert n_unnamed < n_all / 100
var = snapshot.query("type:mypy.nodes.Var")[0]
names = {label for label, _ in var.referents()}
assert {"<_name>", "<_fullname>"} <= names, names
print(end="", flush=True)
os._exit(0)
"""
    )


CYTHON = """
cdef class Point:
    cdef public object owner
    cdef public list history
    cdef readonly dict data
    def __init__(self, owner):
        self.owner = owner
        self.history = [owner]
        self.data = {"a": owner}
    @property
    def last(self):
        return self.history[-1]

cdef class Labelled(Point):
    cdef public object label
    def __init__(self, owner, label):
        super().__init__(owner)
        self.label = label
"""


def test_public_fields_of_cython(run, tmp_path):
    pytest.importorskip("Cython")
    pytest.importorskip("setuptools")
    (tmp_path / "points.pyx").write_text(CYTHON)
    line = [sys.executable, "-m", "Cython.Build.Cythonize", "-q", "-i", "points.pyx"]
    built = subprocess.run(line, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=300)
    assert built.returncode == 0, built.stderr
    run(f"""
sys.path.insert(0, {str(tmp_path)!r})
import points
point = points.Labelled(["owner"], ["label"])
snapshot = dump()
found = {{referent.address: label for label, referent in at(snapshot, point).referents()}}
for name in ("owner", "history", "data", "label"):
    assert found[id(getattr(point, name))] == f"<{{name}}>", (name, found)
os._exit(0)
""")


def test_a_client_and_its_texts(run):
    pytest.importorskip("aiohttp")
    pytest.importorskip("lxml")
    run(
        COUNT
        + """
import asyncio
import aiohttp
from aiohttp import web
from lxml import etree

async def handle(request):
    SEEN.append(request)
    return web.json_response({"a": 1})

async def main():
    application = web.Application()
    application.router.add_get("/", handle)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = site._server.sockets[0].getsockname()[1]
    async with aiohttp.ClientSession() as session:
        for _ in range(20):
            async with session.get(f"http://127.0.0.1:{port}/") as response:
                await response.text()
        return dump()

SEEN = []
tree = etree.fromstring("<a>" + "<b>x</b>" * 50 + "</a>")
texts = tree.xpath("//text()")
snapshot = asyncio.run(main())
# Every twentieth object of the process: the libraries' own state in C has few names.
n_all, n_unnamed = count_unnamed(list(snapshot.objects)[::20])
assert n_all > 10_000
assert n_unnamed < n_all / 100
(parent,) = [thing for label, thing in at(snapshot, texts[0]).referents() if label == "<_parent>"]
assert parent.type_name == "lxml.etree._Element"
os._exit(0)
"""
    )
