"""Tables and arrays: views that keep their base, groups, a cache of results."""

import numpy as np
import pandas as pd

base = np.arange(100_000.0)
view = base[::10]
matrix = np.ones((300, 300))
corner = matrix[:5, :5]
objects = np.array([bytearray(1_000) for _ in range(20)] + [None], dtype=object)
text = pd.Series([f"row {row}" for row in range(20_000)], dtype=object)
table = pd.DataFrame({"number": np.arange(20_000), "text": text})
column = table["number"]
wide = table.assign(**{f"extra{place}": np.random.default_rng(place).random(20_000) for place in range(3)})
series = pd.Series(np.arange(30_000.0), name="series")
RESULTS = {
    "mean": wide[["number", "extra0"]].rolling(5).mean(),
    "top": table.head(1000).copy(),
    "list": [table.sample(500, random_state=1)],
}


class Model:
    """Keeps what it was trained with."""

    def __init__(self, data: pd.DataFrame) -> None:
        self.data = data.copy()
        self.weights = np.zeros((200, 200))
        self.last_gradient = self.weights[10:20]


model = Model(table)
