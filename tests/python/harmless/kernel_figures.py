"""Figures in a notebook: one is displayed by its name, others are left open by a function."""

REQUIRES = ["ipykernel", "jupyter_client", "matplotlib", "numpy"]
EXPECTS = "words"
ANCHORS = ["figs", "Out[", "pyplot"]
MEASURED = False
SELECTOR = "type:matplotlib.figure.Figure"

# %% setup
import weakref

import matplotlib.pyplot as plt
import numpy as np

seen = []


def plot(n, title):
    figure, axes = plt.subplots(figsize=(2, 2), dpi=40)
    axes.plot(np.full(n, 1.5))
    axes.set_title(title)
    seen.append(weakref.ref(figure))
    return figure


# %% leak
plt.rcParams["figure.dpi"] = 40
figure = plot(150_000, "first")
plt.close(figure)
figure

# %% leak
del figure
plt.switch_backend("agg")
for n in range(3):
    plot(50_000, f"open {n}")

# %% leaked
[ref for ref in seen if ref() is not None]

# %% next
figure = plot(10, "next")
figure.canvas.draw()
assert plt.gcf() is figure
assert len(plt.get_fignums()) >= 1
figure

# %% next
assert _ is figure
assert _.axes[0].get_title() == "next"
plt.close(_)
assert figure.number not in plt.get_fignums()
del figure
plt.rcParams["figure.dpi"]

# %% next
assert _ == 40
plt.figure()
plt.plot([1, 2, 3])
assert len(plt.gca().lines) == 1
plt.close()
