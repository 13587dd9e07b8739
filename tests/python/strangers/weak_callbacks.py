"""Weak references whose callbacks strike a client off when it goes."""

import weakref

SELECTORS = ["CLIENTS[5]", "CLIENTS", "type:Client"]
CLIENTS, REFERENCES, ONLINE = [], [], set()


class Client:
    def __init__(self, number):
        self.number, self.buffer = number, bytes(2000)


def hello(number):
    client = Client(number)
    CLIENTS.append(client)
    ONLINE.add(number)
    REFERENCES.append(weakref.ref(client, lambda _: ONLINE.discard(number)))


for number in range(20):
    hello(number)


def next_step():
    return sorted(ONLINE)
