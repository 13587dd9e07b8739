"""A dataclass that becomes a tuple by its fields, in a function that gets it."""

import dataclasses

SELECTORS = ["progress.warnings[5]", "progress.warnings"]


@dataclasses.dataclass
class Progress:
    job: str
    warnings: list = dataclasses.field(default_factory=list)

    def warn(self, text):
        self.warnings.append(text)


def row(one):
    return dataclasses.astuple(one)


progress = Progress("crawl")
for number in range(20):
    progress.warn(f"slow {number}")


def next_step():
    return row(progress)
