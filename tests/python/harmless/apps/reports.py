"""Reports by customer; a module of a web application."""

CACHE = {}
hits = 0


class Report:
    def __init__(self, customer):
        self.customer = customer
        self.rows = [f"{customer} {n}" * 4 for n in range(1500)]

    def total(self):
        return sum(map(len, self.rows))


def report(customer):
    """Return the report of a customer; it is made once."""
    global hits
    if customer in CACHE:
        hits += 1
    else:
        CACHE[customer] = Report(customer)
    return CACHE[customer]
