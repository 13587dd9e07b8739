"""A dict is pickled, and an object in it with all that it has."""

import pickle

SELECTORS = ["job.trail[3]", "job.trail"]


class Job:
    def __init__(self, name):
        self.name, self.trail = name, []

    def note(self, text):
        self.trail.append(text)


job = Job("a")
STATE = {"job": job}


def save():
    return pickle.dumps(STATE)


for number in range(20):
    job.note(f"v{number}" * 300)


def next_step():
    return len(save())
