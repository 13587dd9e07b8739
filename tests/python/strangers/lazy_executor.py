"""A method hands its object to a module that is imported late."""

import pathlib
import sys
import tempfile

SELECTORS = ["planner.todo[0]", "planner.todo", "type:Job"]
FOLDER = tempfile.mkdtemp()
EXECUTOR = """
def run_all(planner):
    return [job.number for job in planner.todo]
"""
pathlib.Path(FOLDER, "strange_executor.py").write_text(EXECUTOR)
del EXECUTOR
sys.path.insert(0, FOLDER)


class Job:
    def __init__(self, number):
        self.number = number


class Planner:
    def __init__(self):
        self.todo = []

    def add(self, number):
        self.todo.append(Job(number))

    def run(self):
        import strange_executor

        return strange_executor.run_all(self)


planner = Planner()
for number in range(5):
    planner.add(number)


def next_step():
    return planner.run()
