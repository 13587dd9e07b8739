"""Objects in a list of a class that take a name off a set when they go."""

SELECTORS = ["Guard.held[0]", "Guard.held", "type:Context"]
OPEN = set()


class Context:
    def __init__(self, name):
        self.name = name

    def __del__(self):
        OPEN.discard(self.name)


class Guard:
    held = []

    @classmethod
    def enter(cls, name):
        OPEN.add(name)
        cls.held.append(Context(name))


def allowed(name):
    return name in OPEN


for name in ("admin", "root", "guest"):
    Guard.enter(name)


def next_step():
    return [allowed(name) for name in ("admin", "root", "guest")]
