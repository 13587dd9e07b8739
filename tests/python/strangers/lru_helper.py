"""A cached function makes entries, and another function changes the entry that it is given."""

import functools

SELECTORS = ["account", "type:Account"]


class Account:
    def __init__(self, number):
        self.number, self.balance, self.pad = number, 0, bytes(2000)


@functools.lru_cache(maxsize=None)
def account(number):
    return Account(number)


def credit(entry, amount):
    entry.balance += amount
    return entry.balance


def deposit(number, amount):
    return credit(account(number), amount)


for number in range(20):
    deposit(number, 50)


def next_step():
    return deposit(5, 1)
