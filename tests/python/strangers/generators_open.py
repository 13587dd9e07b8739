"""Generators that wait inside `try`, whose `finally` runs when they go."""

SELECTORS = ["OPEN[5]", "OPEN", "type:generator"]
STATE = {"open": 0}
OPEN = []


def session(number):
    pad = bytes(2000)
    STATE["open"] += 1
    try:
        while True:
            yield number, pad
    finally:
        STATE["open"] -= 1


def start(number):
    generator = session(number)
    next(generator)
    OPEN.append(generator)


for number in range(20):
    start(number)


def next_step():
    return STATE["open"]
