"""An object that a CSV writer writes to; its lines are taken out of `vars`."""

import csv

SELECTORS = ["collector.lines[3]", "collector.lines"]


class Collector:
    def __init__(self):
        self.lines = []

    def write(self, text):
        self.lines.append(text)


collector = Collector()
writer = csv.writer(collector)


def put(text):
    writer.writerow([text])


def text():
    return "".join(vars(collector)["lines"])


for number in range(20):
    put(f"v{number}")


def next_step():
    return text()
