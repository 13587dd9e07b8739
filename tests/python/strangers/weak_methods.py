"""A bus that refers weakly to methods of objects that a list keeps."""

import weakref

SELECTORS = ["host._alive[1]", "host._alive", "type:Plugin"]


class Bus:
    def __init__(self):
        self._subscribers = []

    def subscribe(self, method):
        self._subscribers.append(weakref.WeakMethod(method))

    def publish(self, message):
        return [method(message) for method in (one() for one in self._subscribers) if method]


class Plugin:
    def __init__(self, name):
        self.name = name
        bus.subscribe(self.on_event)

    def on_event(self, message):
        return f"{self.name}:{message}"


class Host:
    def __init__(self):
        self._alive = []

    def load(self, name):
        self._alive.append(Plugin(name))


bus = Bus()
host = Host()
for name in ("mail", "stock", "print"):
    host.load(name)


def next_step():
    return bus.publish("saved")
