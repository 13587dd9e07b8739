"""An `asyncio.Queue` without a limit: the producer is faster than the consumer, which takes one at a time."""

import asyncio
import weakref

EXPECTS = "words"
ANCHORS = ["QUEUE"]
REMEDY = """
while not QUEUE.empty():
    QUEUE.get_nowait()
    QUEUE.task_done()
"""
LOOP = asyncio.new_event_loop()
QUEUE = asyncio.Queue()
STORED = []
SEEN = []


class Message:
    def __init__(self, number):
        self.number, self.body = number, bytearray(90_000)


async def produce(number):
    message = Message(number)
    SEEN.append(weakref.ref(message))
    await QUEUE.put(message)


async def consume():
    message = await QUEUE.get()
    STORED.append(message.number)
    QUEUE.task_done()
    return len(message.body)


def leak():
    for number in range(31):
        LOOP.run_until_complete(produce(number))
    LOOP.run_until_complete(consume())


def leaked():
    return [ref for ref in SEEN if ref() is not None]


async def produce_and_drain(number):
    await produce(number)
    while not QUEUE.empty():
        await consume()
    await asyncio.wait_for(QUEUE.join(), 5)
    return STORED[-1]


def next_step():
    assert LOOP.run_until_complete(produce_and_drain(700)) == 700
    assert QUEUE.qsize() == 0

    async def meet():
        waiting = asyncio.ensure_future(consume())
        await asyncio.sleep(0)
        await produce(701)
        return await asyncio.wait_for(waiting, 5)

    assert LOOP.run_until_complete(meet()) == 90_000
    assert STORED[-1] == 701
    LOOP.run_until_complete(produce(702))
    assert QUEUE.qsize() == 1
