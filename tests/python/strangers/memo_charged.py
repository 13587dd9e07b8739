"""What is paid is remembered; paying changes the balance of an object."""

SELECTORS = ["PAID['order 3']", "PAID"]


class Ledger:
    def __init__(self):
        self.balance = 100

    def charge(self, amount):
        self.balance -= amount
        return f"receipt {self.balance}"


ledger, PAID = Ledger(), {}


def pay(order):
    if order not in PAID:
        PAID[order] = ledger.charge(5)
    return PAID[order]


for number in range(6):
    pay(f"order {number}")


def next_step():
    return pay("order 3"), ledger.balance
