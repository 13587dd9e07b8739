"""Futures that are done, in a list that they are only added to."""

from concurrent.futures import ThreadPoolExecutor

SELECTORS = ["FUTURES", "FUTURES[3]", "type:Future"]
EXPECT_LINES = True
FUTURES = []


def draw(number):
    return bytes(2000 + number)


def submit(pool, number):
    future = pool.submit(draw, number)
    FUTURES.append(future)
    return len(future.result())


with ThreadPoolExecutor(1) as executor:
    for number in range(30):
        submit(executor, number)
del executor


def next_step():
    with ThreadPoolExecutor(1) as executor:
        return submit(executor, 7)
