"""A list of a module that only grows: nothing reads it."""

SELECTORS = ["REQUESTS", "REQUESTS[3]", 'type:dict path:"REQUESTS[*]"']
EXPECT_LINES = True
REQUESTS = []


def handle(path):
    REQUESTS.append({"path": path, "body": "x" * (1000 + len(path))})
    return 200


for number in range(30):
    handle(f"/item/{number}")


def next_step():
    return handle("/last")
