"""A deque in an attribute that only grows: nothing reads it."""

import collections

SELECTORS = ["service.log", "service.log[3]"]
EXPECT_LINES = True


class Service:
    def __init__(self):
        self.log = collections.deque()

    def call(self, name):
        self.log.append(f"called {name} " * 50)
        return f"done {name}"


service = Service()
for number in range(30):
    service.call(f"job {number}")


def next_step():
    return service.call("last")
