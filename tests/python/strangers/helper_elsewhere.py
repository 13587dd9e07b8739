"""A dict makes what is not there, and a function of another module changes the entry that it is given."""

import importlib
import pathlib
import sys
import tempfile

SELECTORS = ["_accounts[1]", "_accounts", "type:Account"]
FOLDER = tempfile.mkdtemp()
BILLING = """
def charge(account, amount):
    account.balance += amount
    return account.balance
"""
pathlib.Path(FOLDER, "strange_billing.py").write_text(BILLING)
sys.path.insert(0, FOLDER)
billing = importlib.import_module("strange_billing")
_accounts = {}


class Account:
    def __init__(self, number):
        self.number, self.balance = number, 0


def account(number):
    if number not in _accounts:
        _accounts[number] = Account(number)
    return _accounts[number]


def handle(number, amount):
    return billing.charge(account(number), amount)


for number in range(20):
    handle(number, 100)


def next_step():
    return handle(1, 1)
