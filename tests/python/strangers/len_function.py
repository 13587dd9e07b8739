"""A function returns the length of a list, which is a limit."""

SELECTORS = ["LOG"]
LOG = []


def put(text):
    LOG.append(text)


def attempts():
    return len(LOG)


def login():
    return "locked" if attempts() >= 5 else "in"


for number in range(20):
    put(f"v{number}" * 300)


def next_step():
    return login()
