"""A QueueHandler whose listener was never started: records wait in the queue."""

import logging
import logging.handlers
import queue
import weakref

EXPECTS = "words"
ANCHORS = ["QUEUE", "queue"]
REMEDY = """
with RECORDS.mutex:
    RECORDS.queue.clear()
    RECORDS.unfinished_tasks = 0
"""
SEEN = []
RECORDS = queue.Queue()
LOG = logging.getLogger("ingest")
LOG.setLevel(logging.INFO)
LOG.propagate = False


class Batch(list):
    """Rows, as a log record's extra."""


def ingest(number):
    batch = Batch(f"row {number}-{n}" * 10 for n in range(800))
    SEEN.append(weakref.ref(batch))
    LOG.info("batch %d", number, extra={"batch": batch})
    return len(batch)


def leak():
    LOG.addHandler(logging.handlers.QueueHandler(RECORDS))
    for number in range(30):
        ingest(number)


def leaked():
    return SEEN[:30]


def next_step():
    assert ingest(500) == 800
    assert RECORDS.qsize() >= 1
    seen = []

    class Collect(logging.Handler):
        def emit(self, record):
            seen.append((record.getMessage(), len(record.batch)))

    listener = logging.handlers.QueueListener(RECORDS, Collect())
    listener.start()
    listener.stop()
    assert seen[-1] == ("batch 500", 800)
    assert RECORDS.empty()
    assert len(LOG.handlers) == 1
