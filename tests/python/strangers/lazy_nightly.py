"""A module that is imported late reads what `__main__` has kept."""

import pathlib
import sys
import tempfile

SELECTORS = ["ARCHIVE[2]", "ARCHIVE"]
FOLDER = tempfile.mkdtemp()
NIGHTLY = """
import __main__

def run():
    return [text[:5] for text in __main__.ARCHIVE]
"""
pathlib.Path(FOLDER, "strange_nightly.py").write_text(NIGHTLY)
del NIGHTLY
sys.path.insert(0, FOLDER)
ARCHIVE = []


def archive(text):
    ARCHIVE.append(text)


def nightly():
    import strange_nightly

    return strange_nightly.run()


for number in range(20):
    archive(f"doc{number} " * 80)


def next_step():
    return nightly()
