"""Nothing leaks: numpy, pandas, logging and files at rest, asked about their kinds of objects."""

import io
import logging
import sys
import tempfile

import numpy as np
import pandas as pd

REQUIRES = ["numpy", "pandas"]
LEAKS = False
MEASURED = False
SELECTORS = ["type:ndarray", "type:DataFrame", "type:TextIOWrapper", "type:logging.Logger", "type:StringIO"]
LOG = logging.getLogger("healthy")
SETTINGS = {"limit": 3, "names": ["a", "b", "c"]}
PATTERN = np.arange(200_000)
TABLE = pd.DataFrame({"x": range(20_000), "y": 1.5})
STREAM = io.StringIO()


def summary(limit):
    return TABLE.head(limit)["x"].sum() + PATTERN[limit]


def leak():
    logging.basicConfig(stream=STREAM, level=logging.INFO, format="%(name)s %(message)s")
    summary(3)


def leaked():
    return []


def next_step():
    assert summary(SETTINGS["limit"]) == 6
    assert SETTINGS["names"][2] == "c"
    LOG.info("summed %d", 6)
    assert STREAM.getvalue().endswith("healthy summed 6\n")
    print("to stdout", flush=True)
    print("to stderr", file=sys.stderr)
    with tempfile.TemporaryFile("w+") as file:
        file.write("text")
        file.seek(0)
        assert file.read() == "text"
    rng = np.random.default_rng(3)
    assert rng.integers(10) == 8
    np.random.seed(1)
    assert np.random.randint(100) == 37
    assert TABLE.groupby("y")["x"].max().iloc[0] == 19_999
    assert pd.read_csv(io.StringIO("a,b\n1,2\n"))["b"].sum() == 2
    assert pd.Timestamp("2024-03-01").day_name() == "Friday"
    assert np.ma.masked_array([1, 2], [0, 1]).sum() == 1
    assert np.linalg.norm([3, 4]) == 5
