"""A large array is a global of the script and a function reads it; copies of it pile up beside."""

import weakref

import numpy as np

REQUIRES = ["numpy"]
EXPECTS = "words"
ANCHORS = ["weights", "steps"]
REMEDY = "steps.clear()"
SELECTOR = "type:numpy.ndarray"
weights = np.zeros(0)
steps = []


def train(rate):
    global weights
    weights = weights - rate
    steps.append(weights.copy())
    return weights[0]


def predict(x):
    return float(weights[:3].sum()) + x


def leak():
    global weights
    weights = np.ones(50_000)
    for _ in range(8):
        train(0.125)


def leaked():
    return [weakref.ref(step) for step in steps]


def next_step():
    before = weights[0]
    assert train(0.5) == before - 0.5
    assert predict(1.0) == 3 * (before - 0.5) + 1
    assert len(weights) == 50_000
    assert len(steps) >= 1
    assert steps[-1][7] == weights[7]
    assert np.random.default_rng(3).integers(10) == 8
    np.random.seed(1)
    assert np.random.randint(100) == 37
    assert np.linalg.det(np.eye(2)) == 1.0
