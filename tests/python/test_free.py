"""What to do so that an object goes: the plan's lines, its words, and what it says of what stays."""

import ctypes
import gc
import json
import sys
import threading
import weakref
from collections import deque

import pytest

HELD: dict = {}


class Thing:
    """Something with a weak reference."""

    def __init__(self, size: int = 50_000) -> None:
        self.payload = bytearray(size)


class Unread:
    """What no code reads under its name."""


UNREAD = Unread()


@pytest.fixture(autouse=True)
def empty():
    HELD.clear()
    yield
    assert HELD is not None
    HELD.clear()
    UNREAD.__dict__.clear()


def plan_for(dump, address):
    """Return the plan for the object there: as an argument it would be held by this very frame."""
    gc.collect()
    (found,) = dump().find(hex(address))
    return found.how_to_free()


def run(plan):
    # The names of this module stand for those of `__main__`.
    exec("\n".join(plan.code), {})


def unread(name):
    """Return what only `UNREAD` has under the name: code that asked for it by its name would count on it."""
    return UNREAD.__getattribute__(name)


def test_every_reference_is_cut_and_no_more(dump):
    UNREAD.__setattr__("log_" + "of_things", [1, Thing(), Thing()])
    UNREAD.__setattr__("other_" + "name", unread("log_of_things"))
    UNREAD.__setattr__("queue_" + "of_things", deque([unread("log_of_things")[1]]))
    watch, other = weakref.ref(unread("log_of_things")[1]), weakref.ref(unread("log_of_things")[2])
    plan = plan_for(dump, id(watch()))
    assert plan.is_complete, (plan.code, plan.advice)
    assert plan.advice == []
    assert not plan.truncated
    assert 50_000 < plan.freed_size < 52_000
    run(plan)
    assert watch() is None
    assert other() is not None
    assert "waiting" not in str(plan)


def test_elements_of_one_list_are_taken_out_at_once(dump):
    thing = Thing()
    UNREAD.__setattr__("log_" + "of_things", [Thing(), thing, Thing(), thing, thing])
    kept = [weakref.ref(unread("log_of_things")[0]), weakref.ref(unread("log_of_things")[2])]
    watch, address = weakref.ref(thing), id(thing)
    del thing
    plan = plan_for(dump, address)
    run(plan)
    assert watch() is None
    assert all(ref() is not None for ref in kept)
    assert len(unread("log_of_things")) == 2


def test_a_cycle_is_said_to_wait_for_the_collector(dump):
    key = object()
    UNREAD.__setattr__("by_" + "key", {key: Thing()})
    thing = unread("by_key")[key]
    thing.me = [thing]
    watch, address = weakref.ref(thing), id(thing)
    del thing
    plan = plan_for(dump, address)
    assert plan.code[-1] == "gc.collect()"
    assert plan.code[0].startswith("import ")
    assert "gc" in plan.code[0]
    run(plan)
    assert watch() is None


def test_one_of_many_goes_out_of_a_set(dump):
    UNREAD.__setattr__("set_" + "of_things", {Thing() for _ in range(30)})
    watches = [weakref.ref(thing) for thing in unread("set_of_things")]
    plan = plan_for(dump, id(watches[0]()))
    assert any("difference_update" in line for line in plan.code), plan
    assert plan.is_complete, (plan.code, plan.advice)
    run(plan)
    assert watches[0]() is None
    assert all(watch() is not None for watch in watches[1:])
    assert len(unread("set_of_things")) == 29


def test_a_set_goes_by_one_plan(dump):
    UNREAD.__setattr__("log_" + "of_sets", [Thing() for _ in range(30)])
    UNREAD.__setattr__("by_" + "number", dict(enumerate(unread("log_of_sets")[:10])))
    watches = [weakref.ref(thing) for thing in unread("log_of_sets")]
    gc.collect()
    things = dump().query(f"type:{Thing.__module__}.Thing")
    assert len(things) == 30
    plan = things.how_to_free()
    assert plan.is_complete, (plan.code, plan.advice)
    assert len([line for line in plan.code if "clear()" in line]) == 2
    assert plan.freed_size > 30 * 50_000
    run(plan)
    assert [watch() for watch in watches] == [None] * 30
    with pytest.raises(ValueError, match="an empty one"):
        things[:0].how_to_free()


def test_a_local_variable_is_advice_and_not_code(dump):
    def work():
        local = Thing()
        return plan_for(dump, id(local))

    plan = work()
    assert not plan.is_complete
    assert any("local 'local'" in line and "returns" in line for line in plan.advice)
    assert plan.freed_size_with_advice > 50_000 > plan.freed_size


def test_what_c_code_holds_is_said_to_stay(dump):
    HELD["kept"] = thing = Thing()
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(thing))
    address = id(thing)
    del thing
    plan = plan_for(dump, address)
    assert not plan.is_complete
    assert plan.freed_size == 0
    assert any("1 reference from C" in line for line in plan.outcome)
    ctypes.pythonapi.Py_DecRef(ctypes.py_object(HELD["kept"]))


def test_a_thread_local_is_freed_in_every_thread(dump):
    HELD["storage"] = storage = threading.local()
    ready, done = threading.Event(), threading.Event()
    refs = []

    def worker():
        storage.thing = Thing()
        refs.append(weakref.ref(storage.thing))
        ready.set()
        done.wait()

    thread = threading.Thread(target=worker)
    thread.start()
    ready.wait()
    try:
        plan = plan_for(dump, id(refs[0]()))
        assert not plan.is_complete or plan.freed_size > 50_000
    finally:
        done.set()
        thread.join()


def test_garbage_needs_only_a_collection(dump):
    gc.collect()
    gc.disable()
    try:
        thing = Thing()
        thing.other = Thing()
        thing.other.data = bytes(100_000)
        thing.other.back = thing
        watch, address = weakref.ref(thing), id(thing)
        del thing
        (found,) = dump().find(hex(address))
        plan = found.how_to_free()
        assert plan.code == ["import gc", "gc.collect()"]
        assert 200_000 < plan.freed_size < 202_000
        run(plan)
        assert watch() is None
    finally:
        gc.enable()


def test_a_module_cannot_be_freed(dump):
    plan = plan_for(dump, id(sys))
    assert plan.code == []
    assert not plan.is_complete
    assert any("cannot be freed" in line for line in plan.outcome)


def test_none_cannot_be_freed(dump):
    plan = plan_for(dump, id(None))
    assert not plan.is_complete


PROGRAM = """
import gc, sys, heapview
big = [bytearray(500_000) for _ in range(3)]
alias = big
holder = {"k": big, 2: (big,), "own": 1}
gc.collect()
heapview.heapdump(sys.argv[1])
"""


@pytest.fixture
def held_in_main(tmp_path, command):
    import subprocess

    path = tmp_path / "snap.rkyv"
    subprocess.run([sys.executable, "-c", PROGRAM, str(path)], check=True, timeout=60)
    return path


def test_the_command_prints_what_to_paste(held_in_main, command):
    done = command("free", held_in_main, "big")
    assert done.returncode == 0
    lines = "    del alias, big\n    [holder.pop(key, None) for key in ['k', 2]][:0]\n"
    assert lines in done.stdout
    assert "frees 1.4 MiB" in done.stdout
    answer = json.loads(command("free", held_in_main, "big", "--json").stdout)
    assert answer["by_code"]["n_staying"] == 0
    assert len(answer["cuts"]) == 3
    assert sum(cut["n_references"] for cut in answer["cuts"]) >= 4


def test_a_cut_of_ones_own_is_tried(held_in_main, command):
    done = command("free", held_in_main, "big", "--cut", "big", "--cut", "holder", "--json")
    answer = json.loads(done.stdout)
    assert done.returncode == 1
    assert answer["by_all"]["n_staying"] == 1
    done = command("free", held_in_main, "big", "--cut", "big", "--cut", "holder", "--cut", "alias", "--json")
    answer = json.loads(done.stdout)
    assert done.returncode == 0
    assert answer["by_all"]["freed_size"] > 1_500_000


def test_a_cut_that_is_no_reference_is_explained(held_in_main, command):
    done = command("free", held_in_main, "big", "--cut", "big.nothing")
    assert done.returncode == 1
    assert "no attribute 'nothing'" in done.stderr
    assert "^" in done.stderr
