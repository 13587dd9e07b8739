"""The length of a list is a property, which is a limit."""

SELECTORS = ["throttle.tries[5]", "throttle.tries"]


class Throttle:
    def __init__(self):
        self.tries = []

    def failed(self, who):
        self.tries.append(who)

    @property
    def count(self):
        return len(self.tries)


throttle = Throttle()


def login(password):
    if throttle.count >= 6:
        return "locked"
    if password != "right":
        throttle.failed(f"agent {password} " * 100)
        return "wrong"
    return "in"


for _ in range(6):
    login("no")


def next_step():
    return login("right")
