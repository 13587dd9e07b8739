"""A Django view connects a closure with `weak=False` in each request; the core's own receiver stays."""

import weakref

from django.conf import settings
from django.core.signals import request_finished
from django.dispatch import Signal, receiver

REQUIRES = ["django"]
EXPECTS = "words"
ANCHORS = ["request_finished", "receivers"]
REMEDY = """
from django.core.signals import request_finished
for _, found, *_ in list(request_finished.receivers):
    if getattr(found, "__qualname__", "") == "track.<locals>.done":
        request_finished.disconnect(found, sender=Handler)
del _, found
"""
SEEN = []
CLOSED = []
audited = Signal()


class Handler:
    """Serves requests."""


class Trace:
    def __init__(self, path):
        self.path = path
        self.body = bytearray(100_000)


@receiver(request_finished, sender=Handler)
def close_connections(sender, **more):
    CLOSED.append(sender.__name__)


def track(path):
    trace = Trace(path)
    SEEN.append(weakref.ref(trace))

    def done(sender, **more):
        return len(trace.path)

    request_finished.connect(done, sender=Handler, weak=False)
    request_finished.send(sender=Handler)
    return f"200 {path}"


def leak():
    settings.configure(DEBUG=False)
    for number in range(40):
        track(f"/orders/{number}")


def leaked():
    return SEEN


def next_step():
    n_closed = len(CLOSED)
    assert track("/next") == "200 /next"
    answers = request_finished.send(sender=Handler)
    assert len(CLOSED) == n_closed + 2
    assert 5 in [answer for _, answer in answers]

    def audit(sender, **more):
        return "seen"

    audited.connect(audit)
    assert audited.send(sender=None) == [(audit, "seen")]
