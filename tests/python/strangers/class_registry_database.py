"""A registry in a class attribute whose entries have databases in memory."""

import sqlite3

SELECTORS = ["Store._open['b']", "Store._open", "type:__main__.Store"]


class Store:
    _open = {}

    def __init__(self, name):
        self.name, self.database = name, sqlite3.connect(":memory:")
        self.database.execute("create table t(x)")

    @classmethod
    def of(cls, name):
        try:
            return cls._open[name]
        except KeyError:
            store = cls._open[name] = cls(name)
            return store

    def add(self, number):
        self.database.execute("insert into t values(?)", (number,))
        return self.database.execute("select count(*) from t").fetchone()[0]


for name in "abc":
    Store.of(name).add(1)


def next_step():
    return Store.of("b").add(2)
