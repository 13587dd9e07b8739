"""Nothing leaks: large tables are read at the start, by name, for as long as the program runs."""

LEAKS = False
SELECTORS = ["type:__main__.Table", "TABLES", "TABLES['cities']", "MODEL", "type:__main__.Model"]


class Table:
    def __init__(self, name, n):
        self.rows = {f"{name}-{row}": f"{row} " * 20 for row in range(n)}

    def find(self, key):
        return self.rows[key]


class Model:
    def __init__(self, n):
        self.weights = [float(k) for k in range(n)]

    def predict(self, x):
        return x * self.weights[2] + self.weights[1]


TABLES = {}
MODEL = Model(30_000)


def country(key):
    return TABLES["countries"].find(key).split()[0]


def city(key):
    return TABLES["cities"].find(key).split()[0]


def leak():
    TABLES["countries"] = Table("country", 2_000)
    TABLES["cities"] = Table("city", 9_000)


def leaked():
    return []


def next_step():
    assert country("country-7") == "7"
    assert city("city-8000") == "8000"
    assert MODEL.predict(4.0) == 9.0
    try:
        city("city-x")
    except KeyError as error:
        assert error.args == ("city-x",)
    else:
        raise AssertionError("there is no such city")
