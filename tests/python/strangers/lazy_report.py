"""A module that is imported late reads what another module has kept."""

import importlib
import pathlib
import sys
import tempfile

SELECTORS = ["strange_store.METRICS[2]", "strange_store.METRICS", "type:Metric"]
FOLDER = pathlib.Path(tempfile.mkdtemp())
STORE = """
class Metric:
    def __init__(self, value):
        self.value = value

METRICS = []

def record(value):
    METRICS.append(Metric(value))
"""
REPORT = """
import strange_store

def total():
    return sum(metric.value for metric in strange_store.METRICS)
"""
(FOLDER / "strange_store.py").write_text(STORE)
(FOLDER / "strange_report.py").write_text(REPORT)
del STORE, REPORT
sys.path.insert(0, str(FOLDER))
store = importlib.import_module("strange_store")


def shutdown():
    import strange_report

    return strange_report.total()


for value in range(1, 6):
    store.record(value)


def next_step():
    return shutdown()
