"""A report draws one figure a day with pyplot, saves it, and never closes it."""

import io
import weakref

import matplotlib.pyplot as plt
import numpy as np

REQUIRES = ["matplotlib", "numpy"]
EXPECTS = "words"
ANCHORS = ["pyplot", "Gcf", "figs"]
REMEDY = """
import matplotlib.pyplot
matplotlib.pyplot.close("all")
import gc
gc.collect()
"""
# What a canvas holds was not allocated by Python.
MEASURED = False


def draw(day):
    figure, axes = plt.subplots(figsize=(2, 2))
    axes.plot(np.arange(60_000, dtype=float), label=f"day {day}")
    axes.set_title(f"day {day}")
    written = io.BytesIO()
    figure.savefig(written, dpi=40)
    return len(written.getvalue())


def leak():
    for day in range(4):
        draw(day)


def leaked():
    return [weakref.ref(plt.figure(number)) for number in plt.get_fignums()]


def next_step():
    n_open = len(plt.get_fignums())
    assert draw(100) > 500
    assert len(plt.get_fignums()) == n_open + 1
    figure = plt.gcf()
    assert figure.axes[0].get_title() == "day 100"
    plt.close(figure)
    assert len(plt.get_fignums()) == n_open
    with plt.rc_context({"lines.linewidth": 3}):
        plt.figure("named")
        plt.plot([1, 2])
        assert plt.gca().lines[0].get_linewidth() == 3
        plt.close("named")
