"""An object that becomes JSON by its `__dict__`."""

import json

SELECTORS = ["order.lines[0]", "order.lines", "type:Line"]


class Line:
    def __init__(self, article):
        self.article = article


class Order:
    def __init__(self, number):
        self.number, self.lines = number, []

    def add(self, article):
        self.lines.append(Line(article))


def save(thing):
    return json.dumps(thing, default=lambda one: one.__dict__)


order = Order(9)
for article in "abc":
    order.add(article)


def next_step():
    return save(order)
