"""The last rows of each day's table are kept; a slice keeps the whole table."""

import weakref

import numpy as np
import pandas as pd

REQUIRES = ["pandas", "numpy"]
EXPECTS = "words"
ANCHORS = ["TAILS"]
REMEDY = """
for day, tail in TAILS.items():
    TAILS[day] = tail.copy()
del day, tail
"""
TAILS = {}
SEEN = []


def load(day):
    values = np.full((20_000, 4), float(day))
    SEEN.append(weakref.ref(values))
    return pd.DataFrame(values, columns=list("abcd"), copy=False)


def close(day):
    TAILS[day] = load(day).iloc[-3:]
    return TAILS[day]["a"].sum()


def leak():
    for day in range(10):
        close(day)


def leaked():
    return SEEN[:10]


def next_step():
    assert close(50) == 150.0
    assert list(TAILS[50].columns) == ["a", "b", "c", "d"]
    together = pd.concat(list(TAILS.values()), keys=list(TAILS))
    assert together.loc[50]["d"].mean() == 50.0
    assert len(together) == 3 * len(TAILS)
    assert all((tail == day).all(axis=None) for day, tail in TAILS.items())
    assert pd.DataFrame({"x": [1, 2]}).describe().loc["mean", "x"] == 1.5
    assert pd.Series([1, None]).isna().sum() == 1
    assert str(pd.Timestamp("2024-01-31") + pd.offsets.MonthEnd()).startswith("2024-02-29")
