"""Background tasks are kept in a set, lest they be collected; when they are done nobody discards them."""

import asyncio
import weakref

EXPECTS = "words"
ANCHORS = ["BACKGROUND"]
REMEDY = """
for task in [task for task in BACKGROUND if task.done()]:
    BACKGROUND.discard(task)
del task
"""
LOOP = asyncio.new_event_loop()
BACKGROUND = set()
SENT = []
SEEN = []


class Receipt:
    def __init__(self, number):
        self.number, self.text = number, f"{number} " * 30_000


async def send(number):
    await asyncio.sleep(0)
    SENT.append(number)
    receipt = Receipt(number)
    SEEN.append(weakref.ref(receipt))
    return receipt


async def handle(number):
    BACKGROUND.add(asyncio.ensure_future(send(number)))
    return f"accepted {number}"


def leak():
    for number in range(30):
        LOOP.run_until_complete(handle(number))
    LOOP.run_until_complete(asyncio.sleep(0.01))


def leaked():
    return SEEN[:30]


def next_step():
    assert LOOP.run_until_complete(handle(500)) == "accepted 500"
    assert any(not task.done() for task in BACKGROUND)
    LOOP.run_until_complete(asyncio.sleep(0.01))
    assert SENT.pop() == 500
    assert LOOP.run_until_complete(send(7)).number == SENT.pop() == 7
    assert isinstance(BACKGROUND, set)
