"""A function's attributes are shown by `vars`."""

SELECTORS = ["put.log[3]", "put.log"]


def put(text):
    put.log.append(text)


put.log = []


def dump(function):
    return vars(function)


for number in range(20):
    put(f"v{number}")


def next_step():
    return dump(put)
