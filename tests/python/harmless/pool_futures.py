"""All futures of a thread pool are kept in a list, and their results with them."""

import weakref
from concurrent.futures import ThreadPoolExecutor, wait

EXPECTS = "words"
ANCHORS = ["SUBMITTED"]
REMEDY = "SUBMITTED.clear()"
POOL = ThreadPoolExecutor(2)
SUBMITTED = []


class Answer:
    def __init__(self, n):
        self.n, self.digits = n, str(n) * 60_000


def compute(n):
    return Answer(n * n)


def submit(n):
    SUBMITTED.append(POOL.submit(compute, n))
    return SUBMITTED[-1]


def leak():
    for n in range(10, 40):
        submit(n)
    wait(SUBMITTED, timeout=10)
    # A worker forgets its last job with the next one.
    wait([POOL.submit(int) for _ in range(20)], timeout=10)


def leaked():
    return [weakref.ref(future.result()) for future in SUBMITTED]


def next_step():
    assert submit(100).result(timeout=10).n == 10_000
    done, waiting = wait(SUBMITTED, timeout=10)
    assert not waiting
    assert 10_000 in {future.result().n for future in done}
    assert sum(POOL.map(len, ["a", "bc"], timeout=10)) == 3
    assert not POOL._shutdown
