"""A registry in a class attribute whose entries carry state."""

SELECTORS = ["Account._all[7]", "Account._all", "type:Account"]


class Account:
    _all = {}

    def __init__(self, number):
        self.number, self.balance = number, 0

    @classmethod
    def get(cls, number):
        if number not in cls._all:
            cls._all[number] = cls(number)
        return cls._all[number]

    def pay(self, amount):
        self.balance += amount
        return self.balance


for number in range(20):
    Account.get(number).pay(100)


def next_step():
    return Account.get(7).pay(1)
