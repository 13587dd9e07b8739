"""Cleanup functions close over whole requests, in a list that runs only at the end, among others."""

import weakref

EXPECTS = "words"
ANCHORS = ["ON_EXIT"]
REMEDY = """
ON_EXIT[:] = [function for function in ON_EXIT if function.__qualname__ != "handle.<locals>.log_it"]
"""
ON_EXIT = []
LOGGED = []
SEEN = []


class Request:
    def __init__(self, path):
        self.path, self.body = path, bytearray(100_000)


def on_exit(function):
    ON_EXIT.append(function)
    return function


@on_exit
def close_database():
    LOGGED.append("database closed")


def handle(path):
    request = Request(path)
    SEEN.append(weakref.ref(request))

    @on_exit
    def log_it():
        LOGGED.append(f"{request.path} took {len(request.body)}")

    return f"200 {request.path}"


def shut_down():
    del LOGGED[:]
    for function in ON_EXIT:
        function()
    return LOGGED[:]


def leak():
    for number in range(30):
        handle(f"/{number}")

    @on_exit
    def remove_files():
        LOGGED.append("files removed")


def leaked():
    return SEEN[:30]


def next_step():
    assert handle("/next") == "200 /next"
    said = shut_down()
    assert said[0] == "database closed"
    assert "files removed" in said
    assert said[-1] == "/next took 100000"
    assert all(line in ("database closed", "files removed") or line.endswith("took 100000") for line in said)
