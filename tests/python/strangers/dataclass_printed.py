"""A report is a dataclass that is printed."""

import dataclasses
import io

SELECTORS = ["report.rows[3]", "report.rows"]


@dataclasses.dataclass
class Report:
    rows: list = dataclasses.field(default_factory=list)

    def add(self, row):
        self.rows.append(row)


report = Report()
for number in range(20):
    report.add(f"row {number} " * 100)


def next_step():
    file = io.StringIO()
    print(report, file=file)
    return file.getvalue()
