"""Connections that keep shared databases in memory alive, which are opened by their names."""

import sqlite3

SELECTORS = ["KEEPERS[5]", "KEEPERS", "type:Connection"]
NAME = "file:tenant{}?mode=memory&cache=shared"
KEEPERS = []


def create(number):
    connection = sqlite3.connect(NAME.format(number), uri=True)
    connection.execute("create table t(x)")
    connection.execute("insert into t values(?)", (number,))
    connection.commit()
    KEEPERS.append(connection)


def query(number):
    connection = sqlite3.connect(NAME.format(number), uri=True)
    found = connection.execute("select x from t").fetchall()
    connection.close()
    return found


for number in range(10):
    create(number)


def next_step():
    return query(5)
