"""An object that is pickled with all that it has."""

import pickle

SELECTORS = ["crawler.trail[5]", "crawler.trail"]


class Crawler:
    def __init__(self):
        self.name, self.trail = "first", []

    def fetch(self, address):
        self.trail.append(address)


crawler = Crawler()


def save():
    return pickle.dumps(crawler)


for number in range(20):
    crawler.fetch(f"http://x/{number}" * 20)


def next_step():
    return len(save())
