"""A dict makes what is not there, and another function changes the entry that it is given."""

SELECTORS = ["ACCOUNTS[5]", "ACCOUNTS", "type:Account"]
ACCOUNTS = {}


class Account:
    def __init__(self, number):
        self.number, self.balance, self.pad = number, 0, bytes(2000)


def account(number):
    if number not in ACCOUNTS:
        ACCOUNTS[number] = Account(number)
    return ACCOUNTS[number]


def credit(entry, amount):
    entry.balance += amount
    return entry.balance


def deposit(number, amount):
    return credit(account(number), amount)


for number in range(30):
    deposit(number, 50)


def next_step():
    return deposit(5, 1)
