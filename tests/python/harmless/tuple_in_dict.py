"""Timestamped samples: tuples of time and object in a dict by sensor, read by a function."""

import weakref

EXPECTS = "words"
ANCHORS = ["LATEST"]
REMEDY = "LATEST.clear()"


class Sample:
    def __init__(self, values):
        self.values = values


LATEST = {}
k = 5
gc = "grams per cubic centimetre"


def record(sensor, time):
    LATEST[sensor] = (time, Sample(bytearray(60_000)), "ok")


def age(sensor, now):
    time, sample, state = LATEST[sensor]
    assert state == "ok"
    return now - time + 0 * len(sample.values)


def leak():
    for sensor in range(50):
        record(f"sensor-{sensor}", sensor)


def leaked():
    return [weakref.ref(row[1]) for row in LATEST.values()]


def next_step():
    record("next", 100)
    assert age("next", 130) == 30
    record("next", 120)
    assert age("next", 130) == 10
    assert k == 5
    assert gc.startswith("grams")
    assert len(LATEST) >= 1
