"""An object saves its rows, and its crumbs are read by nobody."""

import pickle

EXPECT_LINES = True
SELECTORS = ["worker.crumbs", "type:Crumb"]


class Crumb:
    def __init__(self, number):
        self.number, self.pad = number, bytearray(2000)


class Worker:
    def __init__(self):
        self.crumbs, self.rows = [], []

    def add(self, number):
        self.crumbs.append(Crumb(number))
        self.rows.append(number)

    def save(self):
        return pickle.dumps(self.rows)


worker = Worker()
for number in range(20):
    worker.add(number)


def next_step():
    worker.add(20)
    return len(worker.save())
