"""Weak methods in a list, of objects that a set keeps."""

import weakref

SELECTORS = ["KEPT", "type:Plugin"]
OBSERVERS, KEPT = [], set()


class Plugin:
    def __init__(self, number):
        self.number, self.pad = number, bytes(1000)

    def on(self):
        return self.number


def subscribe(number):
    plugin = Plugin(number)
    KEPT.add(plugin)
    OBSERVERS.append(weakref.WeakMethod(plugin.on))


def fire():
    return [method()() for method in OBSERVERS if method()]


for number in range(20):
    subscribe(number)


def next_step():
    return fire()
