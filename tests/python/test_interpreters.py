"""Other interpreters of the process: what shares the GIL is walked, what does not is counted."""

import pytest

pytest.importorskip("_interpreters" if __import__("sys").version_info >= (3, 13) else "_xxsubinterpreters")


@pytest.fixture
def answers(process):
    return process("interpreters")


def test_what_another_interpreter_holds_is_named_and_says_whose_it_is(answers):
    cache, rows, hook, local = answers["paths"]
    assert "interpreter 1: module __main__" in cache, cache
    assert "CACHE" in cache, cache
    assert "interpreter 1: module app" in rows, rows
    assert "TABLE['rows']" in rows, rows
    assert "interpreter 1: sys.addaudithook" in hook, hook
    assert "work() at" in local, local
    assert "local 'local'" in local, local
    assert "of interpreter 1" in local, local
    assert answers["expressions"] == [False] * 4


def test_its_memory_is_there(answers):
    assert answers["retained"] > 1_000_000


def test_interpreters_with_a_gil_of_their_own_are_counted(answers):
    n = answers["n_apart"]
    expected = f"{n} other interpreters have GILs of their own: their objects are not here"
    assert answers["warnings"] == ([f"{expected}, and count as native memory"] if n else [])


def test_a_child_sees_the_same(answers):
    assert answers["warnings of child"] == answers["warnings"]
    here, there = answers["n_objects"]
    assert abs(here - there) < 100
