"""Carts are made on demand and filled elsewhere: emptied like a cache, each would come back empty."""

import weakref

EXPECTS = "words"
ANCHORS = ["CARTS"]
REMEDY = """
for user in [user for user in CARTS if user.startswith("guest")]:
    del CARTS[user]
del user
"""
CARTS = {}


class Cart:
    def __init__(self, user):
        self.user, self.wares, self.page = user, [], bytearray(60_000)


def cart(user):
    if user not in CARTS:
        CARTS[user] = Cart(user)
    return CARTS[user]


def add(user, ware):
    cart(user).wares.append(ware)


def checkout(user):
    wares, cart(user).wares = cart(user).wares, []
    return wares


def leak():
    for number in range(40):
        add(f"guest{number}", "pen")
    add("ann", "book")
    add("ann", "lamp")


def leaked():
    return [weakref.ref(one) for user, one in CARTS.items() if user.startswith("guest")]


def next_step():
    add("ann", "desk")
    assert checkout("ann")[-3:] in (["book", "lamp", "desk"], ["desk"])
    for ware in ("book", "lamp"):
        add("ann", ware)
    assert checkout("new") == []
