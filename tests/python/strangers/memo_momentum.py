"""An optimizer keeps what it has moved by, in a dict that it fills where something is missing."""

SELECTORS = ["optimizer.slots"]


class Momentum:
    def __init__(self):
        self.slots = {}

    def step(self, name, gradient):
        moved = self.slots.get(name)
        moved = self.slots[name] = [gradient] * 500 if moved is None else [0.5 * moved[0] + gradient] * 500
        return moved[0]


optimizer = Momentum()
for _ in range(9):
    for name in range(20):
        optimizer.step(name, 1)


def next_step():
    return optimizer.step(3, 1)
