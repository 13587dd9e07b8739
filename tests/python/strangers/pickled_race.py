"""An object that a function pickles which does not know what it is given."""

import pickle

SELECTORS = ["race.laps[0]", "race.laps", "type:Lap"]


class Lap:
    def __init__(self, seconds):
        self.seconds = seconds


class Race:
    def __init__(self):
        self.laps = []

    def lap(self, seconds):
        self.laps.append(Lap(seconds))


def save(thing):
    return pickle.dumps(thing)


race = Race()
for seconds in (61, 59, 60):
    race.lap(seconds)


def next_step():
    return len(save(race))
