"""A dataclass that is shown by its fields."""

import dataclasses

SELECTORS = ["progress.warnings[5]", "progress.warnings"]


@dataclasses.dataclass
class Progress:
    job: str
    warnings: list = dataclasses.field(default_factory=list)

    def warn(self, text):
        self.warnings.append(text)


progress = Progress("crawl")


def final_report():
    return f"{progress}"


for number in range(20):
    progress.warn(f"slow {number}")


def next_step():
    return final_report()
