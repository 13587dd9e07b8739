"""A cell failed; its exception keeps the locals of all functions that it came through, for `%debug`."""

REQUIRES = ["ipykernel", "jupyter_client", "numpy"]
EXPECTS = "words"
ANCHORS = ["last_value", "last_exc", "last_traceback", "InteractiveTB", "local 'rows'"]

# %% leak
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
load(600_000)  # this will raise

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
import sys

shell = get_ipython()
result = shell.run_cell("1 / 0", silent=True)
assert isinstance(result.error_in_exec, ZeroDivisionError)

# %% next
assert shell.run_cell("load(5).values.sum()", silent=True).result == 0.0
try:
    {}["missing"]
except KeyError:
    shell.showtraceback()
"still here"

# %% next
assert _ == "still here"
