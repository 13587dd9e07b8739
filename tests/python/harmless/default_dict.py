"""Events by user in a `defaultdict(list)` of a module, which grows with each user that ever came by."""

import weakref

from apps import tracking

EXPECTS = "words"
ANCHORS = ["EVENTS"]
REMEDY = """
import apps.tracking
apps.tracking.EVENTS.clear()
"""


def leak():
    for user in range(30):
        for page in ("/", "/cart", "/pay"):
            tracking.track(user, page)


def leaked():
    return [weakref.ref(event) for events in tracking.EVENTS.values() for event in events]


def next_step():
    tracking.EVENTS.pop("new", None)
    tracking.track("new", "/")
    tracking.track("new", "/cart")
    assert tracking.trail("new") == ["/", "/cart"]
    assert tracking.trail("nobody") == []
    assert tracking.funnel("/cart") >= 1
