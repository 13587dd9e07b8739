"""A text in a list, which pandas evaluates, names what the module has."""

import numpy as np
import pandas as pd

SELECTORS = ["WEIGHTS"]
WEIGHTS = np.arange(5000)
EXPRESSIONS = ["x * @WEIGHTS"]
frame = pd.DataFrame({"x": range(5000)})


def report(table):
    return int(table.eval(EXPRESSIONS[0]).sum())


def next_step():
    return report(frame)
