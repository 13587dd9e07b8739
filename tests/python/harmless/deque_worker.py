"""A recorder thread drains a `deque` under a condition, in a module of its own; it was told to pause."""

import weakref

from apps import recorder

EXPECTS = "words"
ANCHORS = ["BACKLOG"]
REMEDY = """
import apps.recorder
apps.recorder.BACKLOG.clear()
"""


def leak():
    recorder.start()
    recorder.pause()
    for number in range(30):
        recorder.record(f"sample {number}")


def leaked():
    return [weakref.ref(sample) for sample in recorder.BACKLOG]


def next_step():
    recorder.record("next")
    assert len(recorder.BACKLOG) >= 1
    recorder.resume()
    recorder.flush(timeout=10)
    assert recorder.WRITTEN[-1] == "next"
    recorder.pause()
    recorder.record("one more")
    assert recorder.BACKLOG[-1].text == "one more"
    recorder.resume()
    recorder.flush(timeout=10)
    assert recorder.WRITTEN[-1] == "one more"
    recorder.pause()
