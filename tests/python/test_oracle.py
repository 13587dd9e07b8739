"""Every object of a heap with numpy, pandas and IPython against `gc.get_referents` and `sys.getsizeof`."""

import pytest


@pytest.fixture(scope="module")
def answer(process):
    return process("oracle")


def test_it_sees_every_object(answer):
    assert answer["n_objects"] > 100_000
    assert answer["absent"] == []


def test_it_has_every_referent_that_gc_has(answer):
    assert answer["missing"] == {}


def test_it_has_nothing_else_but_the_documented_extras(answer):
    assert answer["surplus"] == {}


def test_shallow_sizes_of_builtin_types_equal_getsizeof(answer):
    assert answer["sizes"] == {}


def test_nearly_all_references_have_a_name(answer):
    kinds = answer["kinds"]
    n_references = sum(kinds.values())
    assert kinds["Unnamed"] < 0.01 * n_references, answer["unnamed"]
    assert answer["unlabelled"] < 0.001 * n_references, answer["unnamed"]
    assert {"DictValue", "Item", "Slot", "InstanceDict", "Type", "SetMember", "Weak", "Buffer"} <= set(kinds)
