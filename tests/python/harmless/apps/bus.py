"""An event bus."""


class Bus:
    def __init__(self):
        self.listeners = {}

    def on(self, topic, listener):
        """Have a listener called for a topic."""
        self.listeners.setdefault(topic, []).append(listener)

    def emit(self, topic, *values):
        """Call the listeners of a topic; return their answers."""
        return [listener(*values) for listener in self.listeners.get(topic, [])]


BUS = Bus()
