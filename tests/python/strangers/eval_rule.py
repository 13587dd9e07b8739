"""A rule is a text that an object evaluates about what it is given."""

SELECTORS = ["account.positions[0]", "account.positions", "type:Position"]


class Position:
    def __init__(self, quantity):
        self.quantity = quantity


class Account:
    def __init__(self):
        self.positions = []

    def buy(self, quantity):
        self.positions.append(Position(quantity))


class Rule:
    def __init__(self, text):
        self.text = text

    def holds(self, account):
        return eval(self.text, {"sum": sum, "account": account})


rule = Rule("sum(one.quantity for one in account.positions) > 16")
account = Account()
for quantity in (8, 9):
    account.buy(quantity)


def next_step():
    return rule.holds(account)
