"""A mixin reads the attribute that a class attribute names."""

SELECTORS = ["orders.order_rows[5]", "orders.order_rows"]


class Export:
    table = None

    def export(self):
        return "|".join(getattr(self, self.table))


class Orders(Export):
    table = "order_rows"

    def __init__(self):
        self.order_rows = []

    def add(self, row):
        self.order_rows.append(row)


orders = Orders()
for number in range(20):
    orders.add(f"o{number}")


def next_step():
    return orders.export()
