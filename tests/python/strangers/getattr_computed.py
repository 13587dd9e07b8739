"""A mixin reads the attribute whose name is put together."""

SELECTORS = ["service._rows[3]", "service._rows"]


class Report:
    def report(self):
        return ",".join(getattr(self, self.store))


class Service(Report):
    store = "_" + "".join(["ro", "ws"])

    def __init__(self):
        self._rows = []

    def put(self, row):
        self._rows.append(row)


service = Service()
for number in range(20):
    service.put(f"v{number}")


def next_step():
    return service.report()
