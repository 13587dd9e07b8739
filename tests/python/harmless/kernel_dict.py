"""Results in a dict of the notebook, which its functions read; the user's own names are short."""

REQUIRES = ["ipykernel", "jupyter_client", "numpy"]
EXPECTS = "lines"
ANCHORS = ["results"]
SELECTOR = "type:__main__.Run"
REMEDY = """
results.clear()
"""

# %% setup
import weakref

import numpy as np

results = {}
key, value, gc, np_ = "rate", 3, "g/cm", np


class Run:
    def __init__(self, rate):
        self.rate, self.curve = rate, np.full(40_000, rate)


def train(rate):
    if rate not in results:
        results[rate] = Run(rate)
    return results[rate].curve.mean()


# %% leak
[train(rate / 10) for rate in range(20)]

# %% leak
train(0.5)

# %% leaked
[weakref.ref(run) for run in results.values()]

# %% next
n_before = len(results)
train(100.0 + n_before)

# %% next
assert _ == 100.0 + n_before
assert len(results) == n_before + 1
assert train(0.5) == 0.5
assert (key, value, gc) == ("rate", 3, "g/cm")
results[0.5].rate

# %% next
assert _ == 0.5
assert np_ is np
