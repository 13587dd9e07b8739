"""A table was displayed and a slice of it kept, then the table's name deleted: its 6 MB stay."""

REQUIRES = ["ipykernel", "jupyter_client", "numpy", "pandas"]
EXPECTS = "lines"
SELECTOR = "type:numpy.ndarray"
SELECTORS = ["type:pandas.DataFrame"]
ANCHORS = ["Out["]

# %% setup
import weakref

import numpy as np
import pandas as pd

seen = []


def load(n):
    values = np.full((200_000, 4), float(n))
    seen.append(weakref.ref(values))
    return pd.DataFrame(values, columns=list("abcd"), copy=False)


# %% leak
df = load(1)
df

# %% leak
part = df.iloc[10:1000]
total = df["a"].sum()
total

# %% leak
del df
load(2)

# %% leaked
[ref for ref in seen if ref() is not None]

# %% next
assert total == 200_000.0
# Whatever the output cache still has is whole.
shown = [one for one in Out.values() if isinstance(one, pd.DataFrame)]
assert all(one.shape[1] == 4 and one["b"].mean() > 0 and repr(one) for one in shown)
del shown
df = load(7)
df.describe()

# %% next
assert _.loc["mean", "a"] == 7.0
assert df["a"].iloc[100] == 7.0
del Out[len(In) - 2], df
pd.concat([load(3).head(2), load(4).tail(1)])

# %% next
assert list(_["d"]) == [3.0, 3.0, 4.0]
np.random.seed(1)
np.random.randint(100)

# %% next
assert _ == 37
