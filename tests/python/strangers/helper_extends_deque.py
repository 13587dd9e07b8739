"""A dict makes what is not there, and another function adds to a deque of the entry."""

import collections

SELECTORS = ["_rooms['x']", "_rooms", "type:Room"]
_rooms = {}


class Room:
    def __init__(self):
        self.queue = collections.deque()


def room(key):
    if key not in _rooms:
        _rooms[key] = Room()
    return _rooms[key]


def add(queue, number):
    queue.append(number)
    return sum(queue)


def say(key):
    return add(room(key).queue, 1)


for key in "xyzxyz":
    say(key)


def next_step():
    return say("x")
