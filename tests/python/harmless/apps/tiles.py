"""Tiles of a map."""

from functools import lru_cache

import numpy as np

VIEWS = {}


@lru_cache(maxsize=None)
def load(number):
    """Return the picture of a tile."""
    return np.full((100, 100), float(number))


def corner(number):
    """Return the corner of a tile."""
    if number not in VIEWS:
        VIEWS[number] = load(number)[:10, :10]
    return VIEWS[number]
