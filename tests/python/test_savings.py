"""Cycles, duplicates and waste against what the process itself knows and what CPython says."""

import pytest


@pytest.fixture(scope="module")
def answer(process):
    return process("savings")


def test_a_tree_with_parents_is_one_cycle(answer):
    (tree,) = [row for row in answer["cycles"] if row["types"][0]["type"] == "__main__.Node"]
    n_nodes = 1 + 3 + 9 + 27 + 81
    assert tree["types"][0]["n_objects"] == n_nodes
    assert tree["n_cycles"] == 1
    assert not tree["is_garbage"]
    assert set(tree["links"]) == {"__main__.Node.children", "__main__.Node.parent"}
    assert tree["path"] == "TREE"
    assert tree["example_text"].count("__main__.Node") == 3
    assert tree["example"][-1]["to"] == tree["example"][0]["from"]
    assert tree["finalizers"] == []


def test_cycles_that_wait_for_the_collector_are_known_with_their_del(answer):
    (row,) = [row for row in answer["garbage"] if row["finalizers"]]
    assert row["finalizers"] == ["__main__.Finalised"]
    assert row["n_cycles"] == 20
    assert row["is_garbage"]
    assert row["path"] is None
    assert row["links"] == ["__main__.Finalised.other"]
    assert all(row["is_garbage"] for row in answer["garbage"])


def test_modules_and_types_do_not_drown_the_cycles(answer):
    alive = [row for row in answer["cycles"] if not row["is_garbage"]]
    assert max(row["n_objects"] for row in alive) < 1000


def test_equal_texts_are_found_and_those_that_are_cut_are_not_vouched_for(answer):
    found = {row["text"]: row for row in answer["duplicates"]}
    for text in ("equal text 0", "equal text 1"):
        row = found[text]
        assert (row["n_objects"], row["is_certain"]) == (500, True)
        assert row["saved_size"] == 499 * answer["copy_size"]
        assert (row["pattern"], row["n_at_pattern"]) == ("COPIES[*]", 500)
    cut = found["x" * 64]
    assert not cut["is_certain"]
    assert cut["n_objects"] == 10


@pytest.mark.parametrize(
    ("kind", "place", "n_objects", "saved"),
    [
        ("spare_list", "SPARE[*]", 10, "spare_saved"),
        ("sparse_dict", "SPARSE", 1, "sparse_saved"),
        ("list_like_dict", "LISTLIKE", 1, "listlike_saved"),
        ("empty_dict", "EMPTY[*]", 300, "empty_saved"),
        ("single_dict", "SINGLE[*]", 300, "single_saved"),
    ],
)
def test_waste_is_what_cpython_says(answer, kind, place, n_objects, saved):
    (row,) = [row for row in answer["waste"] if (row["kind"], row["place"]) == (kind, place)]
    assert row["n_objects"] == n_objects
    assert row["saved_size"] == answer[saved]


def test_instances_with_dicts_are_told_by_class(answer):
    rows = [row for row in answer["waste"] if row["kind"] == "instance_dict"]
    (plain,) = [row for row in rows if row["place"] == "__main__.Plain"]
    assert plain["n_objects"] == 200
    assert plain["saved_size"] > 200 * 50
