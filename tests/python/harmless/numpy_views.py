"""Small crops of large frames are kept: each is a view, and its base is the frame."""

import weakref

import numpy as np

REQUIRES = ["numpy"]
EXPECTS = "words"
ANCHORS = ["CROPS"]
REMEDY = """
for name, crop in CROPS.items():
    CROPS[name] = crop.copy()
del name, crop
"""
CROPS = {}
SEEN = []


def decode(number):
    frame = np.full((300, 400), number % 251, dtype=np.uint8)
    SEEN.append(weakref.ref(frame))
    return frame


def find_face(number):
    CROPS[f"frame-{number}"] = decode(number)[10:20, 10:20]
    return CROPS[f"frame-{number}"].mean()


def leak():
    for number in range(30):
        find_face(number)


def leaked():
    return SEEN[:30]


def next_step():
    assert find_face(100) == 100.0
    assert CROPS["frame-100"].shape == (10, 10)
    assert np.stack(list(CROPS.values())).shape[1:] == (10, 10)
    means = {name: crop.mean() for name, crop in CROPS.items()}
    assert all(int(name.split("-")[1]) % 251 == mean for name, mean in means.items())
    rng = np.random.default_rng(3)
    assert rng.integers(10) == 8
    np.random.seed(1)
    assert np.random.randint(100) == 37
    assert np.array2string(np.arange(3)) == "[0 1 2]"
    assert np.isnan(np.nan)
