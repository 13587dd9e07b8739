"""A Django template that is a text reads an attribute."""

import django
import django.conf
import django.template

SELECTORS = ["basket.rows[0]", "basket.rows", "type:__main__.Row"]
django.conf.settings.configure()
django.setup()


class Row:
    def __init__(self, number):
        self.number = number


class Basket:
    def __init__(self):
        self.rows = []

    def put(self, number):
        self.rows.append(Row(number))


basket = Basket()
TEMPLATE = django.template.Engine().from_string(
    "{% for row in basket.rows %}<li>{{ row.number }}{% endfor %}"
)


def show():
    return TEMPLATE.render(django.template.Context({"basket": basket}))


for number in range(3):
    basket.put(number)
show()


def next_step():
    return show()
