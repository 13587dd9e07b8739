"""Dataclasses that are compared by their fields."""

import dataclasses

SELECTORS = ["basket.items[3]", "basket.items"]


@dataclasses.dataclass
class Basket:
    name: str = "n"
    items: list = dataclasses.field(default_factory=list)

    def put(self, item):
        self.items.append(item)


def is_usual(one):
    return one == Basket("n", [f"v{number}" for number in range(20)])


basket = Basket()
for number in range(20):
    basket.put(f"v{number}")


def next_step():
    return is_usual(basket)
