"""Arrays in an `lru_cache`, and views on them in a dict of a module: either alone keeps them."""

import weakref

from apps import tiles

REQUIRES = ["numpy"]
EXPECTS = "lines"
ANCHORS = ["VIEWS", "load"]
REMEDY = """
import apps.tiles
apps.tiles.load.cache_clear()
apps.tiles.VIEWS.clear()
"""
SELECTOR = "type:numpy.ndarray"
SEEN = []


def show(number):
    corner = tiles.corner(number)
    SEEN.append(weakref.ref(tiles.load(number)))
    return float(corner.mean())


def leak():
    for number in range(20):
        show(number)


def leaked():
    return SEEN[:20]


def next_step():
    import numpy as np

    assert show(300) == 300.0
    assert show(3) == 3.0
    assert tiles.load(300) is tiles.load(300)
    assert tiles.corner(300).base is tiles.load(300)
    assert len(tiles.VIEWS) >= 2
    np.random.seed(1)
    assert np.random.randint(100) == 37
