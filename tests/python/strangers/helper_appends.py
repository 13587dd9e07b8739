"""A dict makes what is not there, and another function appends to a list of the entry."""

SELECTORS = ["_windows['cpu']", "_windows", "type:Window"]
_windows = {}


class Window:
    def __init__(self, key):
        self.key, self.points = key, []


def window(key):
    if key not in _windows:
        _windows[key] = Window(key)
    return _windows[key]


def push(values, value):
    values.append(value)
    return sum(values)


def observe(key, value):
    return push(window(key).points, value)


for key in ("cpu", "disk", "net"):
    observe(key, 10)
    observe(key, 20)


def next_step():
    return observe("cpu", 1)
