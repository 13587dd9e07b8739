"""Settings have the names of the columns that are read."""

import configparser

SELECTORS = ["data.items[3]", "data.items"]


class Data:
    def __init__(self):
        self.name, self.items = "n", []

    def put(self, item):
        self.items.append(item)


settings = configparser.ConfigParser()
settings.read_string("[table]\ncolumns=name,items")


def save(one):
    return [getattr(one, column) for column in settings["table"]["columns"].split(",")]


data = Data()
for number in range(20):
    data.put(f"v{number}")


def next_step():
    return save(data)
