"""Exchange rates by day."""

from cachetools import LRUCache, cached

TABLES = LRUCache(maxsize=100_000)
loaded = 0


class Table:
    def __init__(self, day):
        self.day, self.rate = day, 2.0
        self.raw = bytearray(70_000)


@cached(TABLES)
def table(day):
    """Load the table of a day."""
    global loaded
    loaded += 1
    return Table(day)


def convert(amount, day):
    """Convert an amount at the rate of a day."""
    return amount * table(day).rate
