"""A cache of cachetools with a limit that was set far too high, on a user module's function."""

import weakref

from apps import rates

REQUIRES = ["cachetools"]
EXPECTS = "words"
ANCHORS = ["TABLES"]
REMEDY = """
import apps.rates
apps.rates.TABLES.clear()
"""


def leak():
    for day in range(40):
        rates.convert(10, day)


def leaked():
    return [weakref.ref(table) for table in rates.TABLES.values()]


def next_step():
    n_loaded = rates.loaded
    assert rates.convert(10, 500 + n_loaded) == 20.0
    assert rates.loaded == n_loaded + 1
    assert rates.convert(4, 500 + n_loaded) == 8.0
    assert rates.loaded == n_loaded + 1
    assert rates.convert(4, 3) == 8.0
    assert 1 <= len(rates.TABLES) <= 100_000
    assert rates.TABLES.currsize >= 1
