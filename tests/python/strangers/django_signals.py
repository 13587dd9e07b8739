"""Receivers of a Django signal, to which it refers weakly."""

from django.dispatch import Signal

SELECTORS = ["MAILERS[5]", "MAILERS", "type:Mailer"]
MAILERS = []
order_paid = Signal()


class Mailer:
    def __init__(self, shop):
        self.shop, self.settings = shop, bytes(3000)
        order_paid.connect(self.send)

    def send(self, sender, **more):
        return f"mail from {self.shop}"


def open_shop(name):
    MAILERS.append(Mailer(name))


for number in range(20):
    open_shop(f"shop {number}")


def next_step():
    return [answer for _, answer in order_paid.send("x")]
