"""A cached function is called by `map`, and what it gives is changed."""

import functools

SELECTORS = ["account", "type:Account"]


class Account:
    def __init__(self, number):
        self.number, self.balance, self.pad = number, 0, bytes(1000)

    def deposit(self, amount):
        self.balance += amount
        return self.balance


@functools.lru_cache(maxsize=None)
def account(number):
    return Account(number)


def handle(numbers, amount):
    return [entry.deposit(amount) for entry in map(account, numbers)]


for number in range(20):
    handle([number], 5)


def next_step():
    return handle([3], 5)
