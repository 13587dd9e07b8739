"""A worker thread takes from a `queue.Queue` and is slower than what comes in."""

import queue
import threading
import weakref

EXPECTS = "words"
ANCHORS = ["JOBS"]
REMEDY = """
with JOBS.mutex:
    JOBS.unfinished_tasks -= len(JOBS.queue)
    JOBS.queue.clear()
"""
JOBS = queue.Queue()
DONE = []
GATE = threading.Semaphore(0)
SEEN = []


class Job:
    def __init__(self, name):
        self.name, self.data = name, bytearray(100_000)


def worker():
    while True:
        job = JOBS.get()
        GATE.acquire()
        DONE.append(job.name)
        del job
        JOBS.task_done()


def submit(name):
    job = Job(name)
    SEEN.append(weakref.ref(job))
    JOBS.put(job)
    return JOBS.qsize()


def leak():
    threading.Thread(target=worker, daemon=True, name="worker").start()
    for number in range(30):
        submit(f"job-{number}")


def leaked():
    # The first is with the worker.
    return SEEN[1:30]


def next_step():
    submit("next")
    n_waiting = JOBS.qsize()
    for _ in range(n_waiting + 1):
        GATE.release()
    finished = threading.Thread(target=JOBS.join, daemon=True)
    finished.start()
    finished.join(timeout=10)
    assert not finished.is_alive(), "join() waits for ever"
    assert DONE[-1] == "next"
    assert JOBS.empty()
    assert any(thread.name == "worker" for thread in threading.enumerate())
