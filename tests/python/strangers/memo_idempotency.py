"""A payment is made once for each key: the ledger is changed only where the key is new."""

SELECTORS = ["DONE[3]", "DONE", "type:Value"]


class Value:
    def __init__(self, number):
        self.number, self.pad = number, bytearray(2000)


DONE, LEDGER = {}, []


def pay(key, amount):
    receipt = DONE.get(key)
    if receipt is None:
        receipt = DONE[key] = Value(amount)
        LEDGER.append(amount)
    return receipt.number


for number in range(20):
    pay(number, number)


def next_step():
    return pay(3, 3), sum(LEDGER)
