"""Reading ends of pipes: without them nobody can write."""

import os

SELECTORS = ["READERS[3]", "READERS"]
READERS, WRITERS = [], []


def make():
    reader, writer = os.pipe()
    READERS.append(os.fdopen(reader, "rb"))
    WRITERS.append(writer)


def write(number):
    return os.write(WRITERS[number], b"x")


for _ in range(20):
    make()


def next_step():
    return write(3)
