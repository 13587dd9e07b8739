"""The length of an object says whether there is something to go on with."""

SELECTORS = ["history.steps"]


class History:
    def __init__(self):
        self.steps = []

    def record(self, step):
        self.steps.append(step)

    def __len__(self):
        return len(self.steps)


history = History()


def start(history):
    return "resume" if history else "create the database"


for number in range(20):
    history.record(f"step {number}" * 50)


def next_step():
    return start(history)
