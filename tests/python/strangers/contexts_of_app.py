"""A context manager that an object entered, whose `finally` runs when it goes."""

import contextlib

SELECTORS = ["app._contexts[0]", "app._contexts", "type:_GeneratorContextManager"]
LEVEL = ["info"]


@contextlib.contextmanager
def debug_mode():
    LEVEL.append("debug")
    try:
        yield
    finally:
        LEVEL.pop()


class App:
    def __init__(self):
        self._contexts = []

    def enable_debug(self):
        manager = debug_mode()
        manager.__enter__()
        self._contexts.append(manager)


app = App()
app.enable_debug()


def next_step():
    return LEVEL[-1]
