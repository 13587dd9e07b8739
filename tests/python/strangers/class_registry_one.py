"""A registry in a class attribute with a single entry, which carries state."""

SELECTORS = ["Account._all[7]", "Account._all"]


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


Account.get(7).pay(100)


def next_step():
    return Account.get(7).pay(1)
