"""A quote is made of a table that another method has changed since."""

SELECTORS = ["QUOTES[3]", "QUOTES"]


class Rates:
    def __init__(self):
        self.table = {"eur": 2}

    def update(self, name, rate):
        self.table[name] = rate

    def convert(self, amount, name):
        return f"{amount * self.table[name]}"


rates, QUOTES = Rates(), {}


def quote(amount):
    if amount not in QUOTES:
        QUOTES[amount] = rates.convert(amount, "eur")
    return QUOTES[amount]


for number in range(20):
    quote(number)
rates.update("eur", 3)


def next_step():
    return quote(3)
