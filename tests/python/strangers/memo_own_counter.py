"""An object numbers what it is asked for the first time."""

SELECTORS = ["numbers.known", "numbers.taken", "numbers.scaled"]


class Numbers:
    def __init__(self):
        self.last, self.scale = 0, 1
        self.known, self.taken, self.scaled = {}, {}, {}

    def direct(self, key):
        if key not in self.known:
            self.last += 1
            self.known[key] = self.last
        return self.known[key]

    def take(self):
        self.last += 1
        return self.last

    def indirect(self, key):
        if key not in self.taken:
            self.taken[key] = self.take()
        return self.taken[key]

    def set_scale(self, scale):
        self.scale = scale

    def scaled_by(self, key):
        if key not in self.scaled:
            self.scaled[key] = f"{key} {self.scale}"
        return self.scaled[key]


numbers = Numbers()
for number in range(20):
    numbers.direct(number), numbers.indirect(number), numbers.scaled_by(number)
numbers.set_scale(3)


def next_step():
    return numbers.direct(3), numbers.indirect(3), numbers.scaled_by(3)
