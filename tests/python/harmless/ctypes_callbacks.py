"""C code knows callbacks by their addresses, and a list keeps them alive: the list has grown."""

import ctypes
import weakref

EXPECTS = "words"
ANCHORS = ["KEPT"]
REMEDY = """
del KEPT[1:]
import gc
gc.collect()
"""
CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int)
KEPT = []
INSTALLED = {}
SEEN = []


class Handler:
    def __init__(self, number):
        self.number, self.table = number, bytearray(50_000)

    def __call__(self, value):
        return value + self.number


def install(number):
    handler = Handler(number)
    callback = CALLBACK(handler)
    KEPT.append(callback)
    INSTALLED[number] = ctypes.cast(callback, ctypes.c_void_p).value
    if number:
        SEEN.append(weakref.ref(handler))


def fire(number, value):
    """What the C library would do with the address that it was given."""
    return CALLBACK(INSTALLED[number])(value)


def leak():
    for number in range(30):
        install(number)


def leaked():
    return SEEN


def next_step():
    assert fire(0, 7) == 7
    install(100)
    assert fire(100, 1) == 101
