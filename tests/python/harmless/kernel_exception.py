"""A cell failed; its exception keeps the locals of all functions that it came through, for `%debug`."""

REQUIRES = ["ipykernel", "jupyter_client", "numpy"]
EXPECTS = "words"
ANCHORS = ["last_value", "last_exc", "last_traceback", "InteractiveTB", "local 'rows'"]

# %% setup
import weakref

import numpy as np

seen = []


class Rows:
    def __init__(self, n):
        self.values = np.zeros(n)


def load(n):
    rows = Rows(n)
    seen.append(weakref.ref(rows))
    if n > 1000:
        raise ValueError(f"too many rows: {n}")
    return rows


# %% leak
load(600_000)  # raises

# %% leak
answer = 41 + 1

# %% leaked
[ref for ref in seen if ref() is not None]

# %% next
assert answer == 42
assert len(load(5).values) == 5
try:
    load(2000)
except ValueError as error:
    message = str(error)
message

# %% next
assert _ == "too many rows: 2000"
load(3000)  # raises

# %% next
import sys

assert str(sys.last_value) == "too many rows: 3000"
assert get_ipython().InteractiveTB.tb is not None
{}["missing"]  # raises

# %% next
assert isinstance(sys.last_value, KeyError)
import traceback

[frame.name for frame in traceback.extract_tb(sys.last_traceback)][-1]

# %% next
assert _ == "<module>"
assert get_ipython().get_exception_only((KeyError, KeyError("k"), None)).startswith("KeyError: 'k'")
