"""A MemoryHandler waits for its target, which nobody has set; its records hold the orders they were about."""

import logging
import logging.handlers
import weakref

EXPECTS = "words"
ANCHORS = ["buffer"]
REMEDY = "BUFFERING.buffer.clear()"
SEEN = []
LINES = []


class Order:
    def __init__(self, number):
        self.number, self.lines = number, [f"{number} {n}" * 20 for n in range(600)]

    def __str__(self):
        return f"order {self.number} of {len(self.lines)} lines"


class ListHandler(logging.Handler):
    def emit(self, record):
        LINES.append(self.format(record))


LOG = logging.getLogger("shop.orders")
LOG.setLevel(logging.INFO)
LOG.propagate = False
BUFFERING = logging.handlers.MemoryHandler(capacity=100_000, flushLevel=logging.CRITICAL)
LOG.addHandler(BUFFERING)
LOG.addHandler(ListHandler(level=logging.WARNING))


def process(number):
    order = Order(number)
    SEEN.append(weakref.ref(order))
    LOG.info("processing %s", order)
    if number % 10 == 0:
        LOG.warning("slow: %s", order)
    return len(order.lines)


def leak():
    for number in range(30):
        process(number)


def leaked():
    return [ref for ref in SEEN if ref() is not None]


def next_step():
    n_buffered = len(BUFFERING.buffer)
    assert process(500) == 600
    assert LINES.pop() == "slow: order 500 of 600 lines"
    assert process(501) == 600
    assert len(BUFFERING.buffer) == n_buffered + 3
    LINES.clear()
    BUFFERING.setTarget(ListHandler())
    LOG.critical("the end")
    BUFFERING.setTarget(None)
    assert LINES.count("the end") == 2
    assert "processing order 501 of 600 lines" in LINES
    # What is still told is told as it was.
    assert all(line.endswith("of 600 lines") for line in LINES if line != "the end")
    assert logging.getLogger("shop.orders") is LOG
