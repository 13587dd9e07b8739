"""Each request arms a timer for tomorrow, and its callback holds the request."""

import asyncio
import weakref

EXPECTS = "words"
ANCHORS = ["_scheduled", "timer"]
REMEDY = """
for timer in list(LOOP._scheduled):
    if getattr(timer._callback, "__name__", "") == "expire":
        timer.cancel()
del timer
LOOP._scheduled[:] = [timer for timer in LOOP._scheduled if not timer.cancelled()]
"""
LOOP = asyncio.new_event_loop()
TICKS = []
SEEN = []


class Request:
    def __init__(self, number):
        self.number, self.body = number, bytearray(100_000)

    def expire(self):
        TICKS.append(("expired", self.number))


async def handle(number, patience=86_400):
    request = Request(number)
    SEEN.append(weakref.ref(request))
    asyncio.get_running_loop().call_later(patience, request.expire)
    await asyncio.sleep(0)
    return len(request.body)


def tick():
    TICKS.append("tick")
    LOOP.call_later(0.01, tick)


def leak():
    LOOP.call_soon(tick)
    for number in range(30):
        LOOP.run_until_complete(handle(number))


def leaked():
    return SEEN[:30]


def next_step():
    assert LOOP.run_until_complete(handle(100)) == 100_000
    n_ticks = TICKS.count("tick")
    assert LOOP.run_until_complete(handle(200, patience=0.02)) == 100_000
    LOOP.run_until_complete(asyncio.sleep(0.1))
    assert ("expired", 200) in TICKS
    assert TICKS.count("tick") > n_ticks + 1
    assert ("expired", 100) not in TICKS
    assert LOOP.run_until_complete(asyncio.wait_for(asyncio.sleep(0, "done"), 5)) == "done"
