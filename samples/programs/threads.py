"""Threads that sleep with something large in hand, and a queue that nobody empties."""

import queue
import threading


class Job:
    """Work that waits."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.payload = bytearray(30_000 + number)
        self.done = threading.Event()


JOBS: "queue.Queue[Job]" = queue.Queue()
stop = threading.Event()
in_hand = threading.Semaphore(0)


def worker(number: int) -> None:
    """Hold a job until told to stop."""
    job = Job(number)
    in_hand.release()
    stop.wait()
    job.done.set()


for number in range(6):
    JOBS.put(Job(number + 200))
workers = [threading.Thread(target=worker, args=(number,), daemon=True) for number in range(3)]
for thread in workers:
    thread.start()
for _ in workers:
    in_hand.acquire()
del thread
