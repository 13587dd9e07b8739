"""A printed path that claims to be an expression evaluates to the very object."""

import pytest


@pytest.fixture(scope="module")
def answer(process):
    return process("paths")


def test_expressions_evaluate_to_the_object(answer):
    assert answer["n_tried"] >= 1000
    assert answer["wrong"] == []


def test_most_paths_claim_to_be_expressions(answer):
    assert answer["n_expressions"] > answer["n_tried"]
