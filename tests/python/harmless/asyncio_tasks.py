"""Tasks that wait for an answer that never comes, in a dict by request."""

import asyncio
import weakref

EXPECTS = "words"
ANCHORS = ["PENDING", "wait_for_answer"]
REMEDY = """
for future in list(PENDING.values()):
    future.cancel()
LOOP.run_until_complete(asyncio.sleep(0))
PENDING.clear()
"""
LOOP = asyncio.new_event_loop()
PENDING = {}
ANSWERS = {}
SEEN = []


class Job:
    def __init__(self, number):
        self.number = number
        self.rows = bytearray(150_000)


async def wait_for_answer(number):
    job = Job(number)
    SEEN.append(weakref.ref(job))
    future = PENDING[number] = asyncio.get_running_loop().create_future()
    try:
        ANSWERS[number] = await future + job.number
    finally:
        PENDING.pop(number, None)


async def handle(number, answers):
    task = asyncio.ensure_future(wait_for_answer(number))
    await asyncio.sleep(0)
    if answers:
        PENDING[number].set_result(100)
        await task


def leak():
    for number in range(25):
        LOOP.run_until_complete(handle(number, answers=number % 5 == 0))


def leaked():
    return [ref for ref in SEEN if ref() is not None]


def next_step():
    LOOP.run_until_complete(handle(500, answers=True))
    assert ANSWERS.pop(500) == 600
    LOOP.run_until_complete(handle(501, answers=False))
    assert 501 in PENDING
    PENDING[501].set_result(1)
    LOOP.run_until_complete(asyncio.sleep(0.01))
    assert ANSWERS.pop(501) == 502
    assert 501 not in PENDING
