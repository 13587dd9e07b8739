"""Where code is in the source: whole file names and lines, of code and of what runs it or waits in it."""

import asyncio
import inspect
import json
import sys
import threading

import pytest
from conftest import object_at

HERE = __file__


def line_after(function, text):
    """Return the number of the function's line that holds `text`."""
    lines, first = inspect.getsourcelines(function)
    return first + next(number for number, line in enumerate(lines) if text in line)


def closure_over(model):
    def callback():
        return model

    return callback


def rows():
    yield 1
    yield 2  # waits here


async def fetch():
    await asyncio.sleep(30)  # waits here


class Session:
    def load(self):
        return self


def qualified(name, function):
    """Return what the interpreter knows a function by: before 3.11 its bare name."""
    return function.__qualname__ if sys.version_info >= (3, 11) else name


def test_code_and_functions_know_file_and_first_line(dump):
    snapshot = dump()
    first_line = Session.load.__code__.co_firstlineno
    for function in (object_at(snapshot, Session.load), object_at(snapshot, Session.load.__code__)):
        name, file, line = function.source
        assert (file, line) == (HERE, first_line)
        assert name == qualified("load", Session.load)
    assert object_at(snapshot, Session).source is None


def test_a_generator_knows_the_line_where_it_waits(dump):
    waiting, fresh, finished = rows(), rows(), rows()
    list(finished)
    next(waiting)
    next(waiting)
    snapshot = dump()
    assert object_at(snapshot, waiting).source == ("rows", HERE, line_after(rows, "waits here"))
    first_line = rows.__code__.co_firstlineno
    assert object_at(snapshot, fresh).source in {("rows", HERE, first_line), ("rows", HERE, first_line + 1)}
    # Since 3.13 what has finished has no code any more.
    assert object_at(snapshot, finished).source in {("rows", HERE, first_line), None}


def test_a_task_is_where_its_coroutine_waits(dump):
    async def main():
        task = asyncio.ensure_future(fetch())
        await asyncio.sleep(0)
        source = object_at(dump(), task).source
        task.cancel()
        return source

    assert asyncio.run(main()) == ("fetch", HERE, line_after(fetch, "waits here"))


def test_a_frame_of_a_thread_has_its_line_and_its_thread(dump):
    ready, done, held = threading.Event(), threading.Event(), []

    def work():
        of_thread = ["local of a thread"]
        held.append(id(of_thread))
        ready.set()
        done.wait(30)  # runs here
        assert of_thread

    thread = threading.Thread(target=work, name="wor < ker")
    thread.start()
    ready.wait(30)
    snapshot = dump()
    done.set()
    thread.join()
    (found,) = snapshot.find(hex(held[0]))
    line = line_after(test_a_frame_of_a_thread_has_its_line_and_its_thread, "runs here")
    text = found.path_to_root().text
    assert f"work() at test_locations.py:{line}, thread 'wor < ker'>" in text
    (frame,) = [holder for label, holder in found.referrers() if label == "local 'of_thread'"]
    name, file, frame_line = frame.source
    assert name in ("work", work.__qualname__)
    assert (file, frame_line) == (HERE, line)


def test_a_closure_variable_is_called_by_its_name(dump):
    globals()["TASKS"] = {"a": closure_over(["kept by a closure"])}
    try:
        snapshot = dump()
        marked = TASKS["a"].__closure__[0].cell_contents  # noqa: F821
        text = "test_locations.TASKS['a'].<closure 'model'>"
        (path,) = [path for path in object_at(snapshot, marked).paths() if path.text == text]
        assert not path.is_expression
        for selector in (text, "test_locations.TASKS['a'].__closure__[0].cell_contents"):
            (found,) = snapshot.find(selector)
            assert found == object_at(snapshot, marked)
    finally:
        del globals()["TASKS"]


def test_every_closure_variable_leads_to_its_value(dump):
    one, two, three = ["one"], ["two"], ["three"]

    def mixed(argument):
        local = argument
        return three, one, two, local

    globals()["MIXED"] = mixed
    try:
        snapshot = dump()
        for name, value in (("one", one), ("two", two), ("three", three)):
            (found,) = snapshot.find(f"test_locations.MIXED.<closure '{name}'>")
            assert found == object_at(snapshot, value), name
    finally:
        del globals()["MIXED"]


def test_the_command_line_tells_the_place(dump, tmp_path, command):
    dump()
    done = command("object", tmp_path / "snap.rkyv", "test_locations.rows", "--json")
    source = json.loads(done.stdout)["source"]
    assert source["file"] == HERE
    assert source["first_line"] == rows.__code__.co_firstlineno
    assert source["line"] is None


def test_distributions_have_names_and_versions(dump, tmp_path, command):
    dump()
    done = command("summary", tmp_path / "snap.rkyv", "--json")
    distributions = json.loads(done.stdout)["ledger"]["distributions"]
    assert distributions["pytest"] == pytest.__version__
    assert list(distributions) == sorted(distributions)
