"""What users look at."""

from collections import defaultdict

EVENTS = defaultdict(list)


class Event:
    def __init__(self, page):
        self.page = page
        self.headers = {f"header-{n}": f"{page} {n}" * 40 for n in range(80)}


def track(user, page):
    """Remember that a user looked at a page."""
    EVENTS[user].append(Event(page))


def trail(user):
    """Return the pages of a user."""
    return [event.page for event in EVENTS[user]]


def funnel(page):
    """Return how many users came to a page."""
    return sum(any(event.page == page for event in events) for events in EVENTS.values())
