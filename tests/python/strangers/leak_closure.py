"""A decorator's list of calls that only grows: nothing reads it."""

import functools

SELECTORS = ["type:Call"]
EXPECT_LINES = True


class Call:
    def __init__(self, arguments):
        self.arguments, self.pad = arguments, bytes(1000)


def audited(function):
    calls = []

    @functools.wraps(function)
    def wrapper(*arguments):
        calls.append(Call(arguments))
        return function(*arguments)

    return wrapper


@audited
def get(path):
    return len(path)


for number in range(30):
    get(f"/page/{number}")


def next_step():
    return get("/last")
