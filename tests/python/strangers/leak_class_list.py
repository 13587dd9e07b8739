"""A list in a class attribute that only grows: nothing reads it."""

SELECTORS = ["type:Connection", "Connection.opened", "Connection.opened[3]"]
EXPECT_LINES = True


class Connection:
    opened = []

    def __init__(self, host):
        self.host, self.buffer = host, bytearray(2000)
        Connection.opened.append(self)

    def send(self, text):
        return f"{self.host}: {text}"


def talk(number):
    return Connection(f"host {number}").send("hello")


for number in range(30):
    talk(number)


def next_step():
    return talk(99)
