"""Arrays that cells displayed are kept by the output cache under six names each."""

REQUIRES = ["ipykernel", "jupyter_client", "numpy"]
EXPECTS = "lines"
ANCHORS = ["Out["]

REMEDY = """
for number in [number for number, shown in Out.items() if type(shown) is np.ndarray]:
    del Out[number], globals()[f"_{number}"]
    get_ipython().user_ns_hidden.pop(f"_{number}", None)
del number
for name in ("_", "__", "___"):
    if type(globals()[name]) is np.ndarray:
        globals()[name] = get_ipython().user_ns_hidden[name] = None
        setattr(get_ipython().displayhook, name, None)
del name
"""

# %% setup
import weakref

import numpy as np

seen = []


def table(n):
    made = np.full(200_000, float(n))
    seen.append(weakref.ref(made))
    return made


# %% leak
table(1)

# %% leak
first = table(2)
first

# %% leak
del first
table(3)

# %% leak
(7, "a plain result")

# %% leaked
seen

# %% next
next_table = table(4)
assert next_table.sum() == 800_000
next_table[:3]

# %% next
assert list(_) == [4.0, 4.0, 4.0]
assert any(type(shown) is tuple and shown[0] == 7 for shown in Out.values())
1 / 4

# %% next
assert _ == 0.25
assert get_ipython().user_ns_hidden is not None
assert len(In) > 3
