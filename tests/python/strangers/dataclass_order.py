"""Dataclasses of which the least is taken, by their fields."""

import dataclasses

SELECTORS = ["first.steps[3]", "first.steps", "second.steps"]


@dataclasses.dataclass(order=True)
class Job:
    steps: list = dataclasses.field(default_factory=list)
    name: str = ""

    def bump(self, number):
        self.steps.append(number)


first, second = Job(name="a"), Job(name="b")


def least(jobs):
    return min(jobs).name


for number in range(20):
    first.bump(number * 10_000)
    second.bump(number * 10_000 - (number > 5))


def next_step():
    return least([first, second])
