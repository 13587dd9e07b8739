"""A table was displayed, and a small view on it kept: `del` does not free its 6 MB."""

REQUIRES = ["ipykernel", "jupyter_client", "numpy", "pandas"]
EXPECTS = "lines"
SELECTOR = "type:pandas.DataFrame"
ANCHORS = ["Out["]

# %% leak
import weakref

import numpy as np
import pandas as pd

seen = []


def load(n):
    frame = pd.DataFrame(np.full((200_000, 4), float(n)), columns=list("abcd"))
    seen.append(weakref.ref(frame))
    return frame


# %% leak
df = load(1)
df

# %% leak
small = df.iloc[:5]
big = df[df["a"] > 0]
seen.append(weakref.ref(big))
big.head(3)

# %% leak
del df, big
load(2)

# %% leaked
[ref for ref in seen if ref() is not None and len(ref()) > 1000]

# %% next
assert small.shape == (5, 4)
assert small["b"].sum() == 5.0
small

# %% next
assert list(_.columns) == ["a", "b", "c", "d"]
df = load(7)
df.describe()

# %% next
assert _.loc["mean", "a"] == 7.0
assert df["a"].iloc[100] == 7.0
del df
Out[len(In) - 2].shape
