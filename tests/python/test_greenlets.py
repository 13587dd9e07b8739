"""What suspended greenlets hold has a name: greenlet, function, file, line, local variable."""

import json
import re
import subprocess
import sys

import pytest

pytest.importorskip("greenlet")

IN_POOL = {
    "outermost": (0, "greenlet 'handle' at greenlets.py:", "message"),
    "deep": (0, "greenlet 'handle', fetch() at greenlets.py:", "rows"),
    "generator": (1, "greenlet 'consume', numbers() at greenlets.py:", "held"),
    "recursion": (3, "greenlet 'recurse', recurse() at greenlets.py:", "bottom"),
}


@pytest.fixture
def answers(process):
    return process("greenlets")


def test_no_local_of_a_greenlet_is_held_from_c(answers):
    assert answers["warnings"] == []
    assert {name for name, path in answers["paths"].items() if not path or "held from C" in path} == set()


@pytest.mark.parametrize("name", IN_POOL)
def test_a_local_is_named_by_greenlet_function_and_line(answers, name):
    position, frame, local = IN_POOL[name]
    path = answers["paths"][name]
    assert path.startswith(f"pool[{position}].<{frame}"), path
    assert re.search(rf"\.py:\d+>\.?<? ?local '{local}'", path), path


def test_what_else_a_greenlet_holds_is_named(answers):
    assert answers["paths"]["exception"].startswith("pool[2].<exception being handled>"), answers["paths"]
    assert answers["paths"]["attribute"] == "pool[4].attribute"
    assert answers["paths"]["not started"] == "pool[7].<run>.__self__"
    # Up to 3.10 code knows no qualified name.
    assert re.match(r"pool\[4\]\.<greenlet '(Worker\.)?run' at", answers["paths"]["method"]), answers["paths"]


def test_greenlets_of_other_threads_are_seen_and_those_of_threads_that_ended(answers):
    assert "of_thread' at greenlets.py:" in answers["paths"]["other thread"]
    assert "of_ended' at greenlets.py:" in answers["paths"]["ended thread"]


def test_the_main_program_is_suspended_while_a_greenlet_runs(answers):
    assert "main() at greenlets.py:" in answers["paths"]["main program"]
    assert "local 'of_main'" in answers["paths"]["main program"]
    assert answers["kinds"]["running"] == "frame"


def test_synchronous_code_in_an_asyncio_task_is_named_by_its_greenlet(answers):
    path = answers["paths"]["awaiting"]
    assert "request" in path, path
    assert "local 'context'" in path, path
    assert "query' at greenlets.py:" in path, path
    assert "local 'result'" in path, path


def test_a_greenlet_that_only_itself_holds_is_a_root_and_no_garbage(answers):
    assert answers["kinds"]["only itself"] == "suspended greenlet", answers
    assert "greenlet 'only_itself' at greenlets.py:" in answers["paths"]["only itself"], answers
    assert answers["collected"] == 0


def test_a_greenlet_retains_what_its_frames_hold(answers):
    assert answers["retained"] > 100_000, answers


def test_an_index_gives_the_same_paths(answers):
    assert answers["with index"] == answers["paths"]


GEVENT = """
import gevent, gevent.event, gevent.pool, heapview, json, os, sys
from gevent.server import StreamServer

class Leak(list):
    pass

addresses = {}
EVENT = gevent.event.Event()
POOL = gevent.pool.Pool()

def leak(name):
    found = Leak([name])
    addresses[name] = id(found)
    return found

def sleeping():
    rows = leak("sleeping")
    gevent.sleep(1000)
    assert rows

def waiting():
    rows = leak("waiting")
    EVENT.wait()
    assert rows

def forgotten():
    rows = leak("forgotten")
    gevent.event.AsyncResult().get()
    assert rows

def iterating():
    for _ in leak("iterated"):
        gevent.sleep(1000)

def handle(socket, address):
    request = leak("request")
    socket.recv(1)
    assert request

class Worker(gevent.Greenlet):
    def _run(self):
        job = leak("subclass")
        gevent.sleep(1000)
        assert job

def main():
    gevent.spawn(sleeping)
    gevent.spawn(waiting)
    gevent.spawn(forgotten)
    gevent.spawn(iterating)
    POOL.spawn(sleeping)
    Worker.spawn()
    server = StreamServer(("127.0.0.1", 0), handle)
    server.start()
    client = gevent.socket.create_connection(("127.0.0.1", server.server_port))
    gevent.sleep(0.1)
    gevent.spawn(heapview.heapdump, sys.argv[1]).join()
    snapshot = heapview.load(sys.argv[1], index=False)
    assert client
    found = {name: snapshot.find(hex(address))[0].path_to_root() for name, address in addresses.items()}
    print(json.dumps({name: path and path.text for name, path in found.items()}))
    sys.stdout.flush()
    os._exit(0)

main()
"""


def run(program, path):
    """Run a program of its own; return the JSON that it prints."""
    line = [sys.executable, "-c", program, str(path)]
    done = subprocess.run(line, capture_output=True, text=True, timeout=180, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_greenlets_of_gevent_are_named_whatever_they_wait_for(tmp_path):
    pytest.importorskip("gevent")
    paths = run(GEVENT, tmp_path / "snap.rkyv")
    assert len(paths) == 6, paths
    assert {name for name, path in paths.items() if not path or "held from C" in path} == set(), paths
    places = {
        "sleeping": ("greenlet 'sleeping' at", "local 'rows'"),
        "waiting": ("greenlet 'waiting' at", "local 'rows'"),
        "forgotten": ("greenlet 'forgotten' at", "local 'rows'"),
        "iterated": ("greenlet 'iterating' at", ""),
        "request": ("handle() at", "local 'request'"),
        "subclass": ("greenlet 'Worker._run' at", "local 'job'"),
    }
    for name, words in places.items():
        assert all(word in paths[name] for word in words), paths


SQLALCHEMY = """
import asyncio, heapview, json, os, sys
from sqlalchemy.util import await_only, greenlet_spawn

class Leak(list):
    pass

addresses = []

def query():
    rows = Leak()
    addresses.append(id(rows))
    await_only(asyncio.sleep(3600))
    assert rows

async def main():
    task = asyncio.ensure_future(greenlet_spawn(query))
    await asyncio.sleep(0.05)
    heapview.heapdump(sys.argv[1])
    assert task
    snapshot = heapview.load(sys.argv[1], index=False)
    (found,) = snapshot.find(hex(addresses[0]))
    print(json.dumps(found.path_to_root().text))
    sys.stdout.flush()
    os._exit(0)

asyncio.run(main())
"""


def test_a_query_of_sqlalchemy_under_asyncio_is_named(tmp_path):
    pytest.importorskip("sqlalchemy")
    path = run(SQLALCHEMY, tmp_path / "snap.rkyv")
    assert "greenlet_spawn" in path, path
    assert "query() at" in path or "greenlet 'query' at" in path, path
    assert "local 'rows'" in path, path
    assert "held from C" not in path, path


FORK = """
import greenlet, heapview, json, sys

def wait():
    rows = ["in a greenlet"]
    addresses.append(id(rows))
    greenlet.getcurrent().parent.switch()
    assert rows

addresses = []
pool = [greenlet.greenlet(wait)]
pool[0].switch()
heapview.heapdump(sys.argv[1], fork=True, previews="none").wait()
snapshot = heapview.load(sys.argv[1], index=False)
(found,) = snapshot.find(hex(addresses[0]))
plan = found.how_to_free()
print(json.dumps([found.path_to_root().text, plan.code, plan.advice, snapshot.meta["warnings"]]))
pool[0].switch()
"""


def test_a_child_sees_greenlets_and_the_plan_is_to_end_them(tmp_path):
    path, code, advice, warnings = run(FORK, tmp_path / "snap.rkyv")
    assert "greenlet 'wait' at <string>:" in path or "greenlet 'wait' at" in path, path
    assert "local 'rows'" in path, path
    assert (code, warnings) == ([], [])
    assert any("when the greenlet is killed" in line for line in advice), advice


def test_greenlets_that_hide_their_frames_are_counted(tmp_path):
    if sys.version_info < (3, 12):
        pytest.skip("these versions of greenlet hide frames of CPython 3.12 only")
    program = FORK.replace("heapview.heapdump(", "greenlet.__version__ = '3.0.1'\nheapview.heapdump(", 1)
    warnings = run(program, tmp_path / "snap.rkyv")[3]
    expected = (
        "1 suspended greenlet: frames besides the innermost are hidden by greenlet 3.0.1, update to 3.0.3"
    )
    assert warnings == [f"{expected}; left out"]
