"""Workers of a pool put their request into a `threading.local`, and then wait for the next one."""

import threading
import weakref
from concurrent.futures import ThreadPoolExecutor

EXPECTS = "words"
ANCHORS = ["LOCAL", "local", "thread"]
POOL = ThreadPoolExecutor(4, thread_name_prefix="pool")
LOCAL = threading.local()
BARRIER = threading.Barrier(4)
SEEN = []


class Request:
    def __init__(self, number):
        self.number, self.body = number, bytearray(400_000)


def handle(number):
    BARRIER.wait(10)
    LOCAL.request = Request(number)
    SEEN.append(weakref.ref(LOCAL.request))
    return current()


def current():
    return LOCAL.request.number


def leak():
    assert list(POOL.map(handle, range(4))) == [0, 1, 2, 3]


def leaked():
    return SEEN[:4]


def next_step():
    assert list(POOL.map(handle, range(10, 14), timeout=10)) == [10, 11, 12, 13]
    assert POOL.submit(pow, 2, 5).result(timeout=10) == 32
    LOCAL.request = Request(99)
    assert current() == 99
    del LOCAL.request
    assert not hasattr(LOCAL, "request")
