"""Lists in a dict that only grow: nothing reads them."""

SELECTORS = ["type:Visit", "BY_DAY", "BY_DAY[1]", "BY_DAY[1][0]"]
EXPECT_LINES = True
BY_DAY = {}


class Visit:
    def __init__(self, number):
        self.number, self.pad = number, bytes(1000)


def visit(number):
    BY_DAY.setdefault(number % 3, []).append(Visit(number))
    return number + 1


for number in range(30):
    visit(number)


def next_step():
    return visit(7)
