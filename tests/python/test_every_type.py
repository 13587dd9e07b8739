"""Objects of all types there are, none of them initialised, are dumped as any other."""

import importlib.util

import pytest


@pytest.fixture(scope="module")
def answer(process):
    return process("every_type")


def test_every_object_is_in_the_snapshot(answer):
    assert answer["n_types"] > 1_500
    assert answer["n_made"] > 1_000
    assert answer["absent"] == []
    # Types that nothing can be asked of: a handful of a library's own.
    assert len(answer["fatal"]) < 20, answer["fatal"]


def test_every_object_has_its_type(answer):
    assert answer["misnamed"] == []


def test_what_is_not_filled_is_not_asked(answer):
    assert answer["warnings"] == []


@pytest.mark.parametrize("library", ["numpy", "pandas", "pyarrow", "polars", "lxml", "PIL"])
def test_types_of_a_library_are_among_them(answer, library):
    if importlib.util.find_spec(library) is None:
        pytest.skip(f"{library} is not installed")
    assert answer["libraries"][library] > 5
