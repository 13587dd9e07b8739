"""Methods of widgets that are gone from the screen, in a list that nothing goes through."""

SELECTORS = ["type:Widget", "toolkit.closers"]
EXPECT_LINES = True


class Toolkit:
    def __init__(self):
        self.closers = []

    def watch(self, method):
        self.closers.append(method)


class Widget:
    def __init__(self, title):
        self.title, self.pixels = title, bytearray(3000)
        toolkit.watch(self.close)

    def draw(self):
        return f"[{self.title}]"

    def close(self):
        self.pixels.clear()


toolkit = Toolkit()


def show(title):
    return Widget(title).draw()


for number in range(30):
    show(f"widget {number}")


def next_step():
    return show("last")
