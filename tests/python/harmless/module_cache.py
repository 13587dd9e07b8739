"""A request handler keeps what it has made in a dict of a module of its own; nothing takes it out again."""

import weakref

from apps import reports

EXPECTS = "lines"
ANCHORS = ["reports.CACHE"]
REMEDY = """
import apps.reports
apps.reports.CACHE.clear()
"""


def handle(customer):
    return {"customer": customer, "total": reports.report(customer).total()}


def leak():
    for customer in range(40):
        handle(customer)


def leaked():
    return [weakref.ref(report) for report in eval("reports.CACHE").values()]


def next_step():
    n_before = len(eval("reports.CACHE"))
    customer = 1000 + n_before
    assert handle(customer)["total"] == sum(4 * len(f"{customer} {n}") for n in range(1500))
    n_hits = reports.hits
    assert handle(customer)["customer"] == customer
    assert reports.hits == n_hits + 1
    assert len(reports.CACHE) == n_before + 1
    assert handle(3)["total"] == handle(3)["total"]
