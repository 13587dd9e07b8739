"""A decorator remembers what a function gives, which is the same each time."""

import functools

SELECTORS = ["type:str retained>1500"]
EXPECT_LINES = True


def memoised(function):
    known = {}

    @functools.wraps(function)
    def wrapper(key):
        if key not in known:
            known[key] = function(key)
        return known[key]

    return wrapper


@memoised
def render(number):
    return f"row {number} " * 300


for number in range(30):
    render(number)


def next_step():
    return render(3)[:6], render(99)[:7]
