"""Temporary files that are read by their descriptors."""

import os
import tempfile

SELECTORS = ["KEPT[5]", "KEPT"]
KEPT, DESCRIPTORS = [], []


def spool(text):
    file = tempfile.TemporaryFile()
    file.write(text)
    file.flush()
    KEPT.append(file)
    DESCRIPTORS.append(file.fileno())


def print_job(number):
    return os.pread(DESCRIPTORS[number], 5, 0)


for number in range(20):
    spool(b"job%02d" % number * 200)


def next_step():
    return print_job(5)
