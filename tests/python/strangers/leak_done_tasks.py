"""Tasks that are done, in a set that they are only added to."""

import asyncio

SELECTORS = ["STARTED", "type:Task"]
EXPECT_LINES = True
LOOP = asyncio.new_event_loop()
STARTED = set()


async def work(number):
    await asyncio.sleep(0)
    return "x" * (3000 + number)


async def handle(number):
    task = asyncio.ensure_future(work(number))
    STARTED.add(task)
    return len(await task)


for number in range(30):
    LOOP.run_until_complete(handle(number))


def next_step():
    return LOOP.run_until_complete(handle(99))
