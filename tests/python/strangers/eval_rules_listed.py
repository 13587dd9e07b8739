"""Rules are texts in a list, which name what the module has."""

SELECTORS = ["EVENTS[3]", "EVENTS"]
EVENTS = []
RULES = ["len(EVENTS) > 3 and EVENTS[3][:5]"]


def push(text):
    EVENTS.append(text)


def check():
    return [eval(rule) for rule in RULES]


for number in range(20):
    push(f"v{number}" * 300)


def next_step():
    return check()
