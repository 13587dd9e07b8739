"""A name for the connection that keeps a shared database in memory alive."""

import sqlite3

SELECTORS = ["KEEPER"]
NAME = "file:shared?mode=memory&cache=shared"
KEEPER = sqlite3.connect(NAME, uri=True)


def run(words, *values):
    connection = sqlite3.connect(NAME, uri=True)
    found = connection.execute(words, values).fetchall()
    connection.commit()
    connection.close()
    return found


run("create table t(x)")
run("insert into t values(?)", 7)


def next_step():
    return run("select x from t")
