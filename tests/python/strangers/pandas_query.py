"""A text that pandas evaluates names what the module has."""

import pandas as pd

SELECTORS = ["ALLOWED"]
ALLOWED = list(range(1000, 4000))
frame = pd.DataFrame({"id": range(5000)})


def total(table):
    return int(table.query("id in @ALLOWED").id.sum())


def next_step():
    return total(frame)
