"""A mutable default argument collects the attachments of all mails ever sent."""

import weakref

EXPECTS = "words"
ANCHORS = ["send", "__defaults__"]
REMEDY = "send.__defaults__[0].clear()"


class Attachment:
    def __init__(self, name):
        self.name, self.content = name, bytearray(80_000)


OUTBOX = []


def send(address, attachments=[]):
    attachments.append(Attachment(f"{address}.pdf"))
    OUTBOX.append((address, len(attachments)))
    return attachments[-1].name


def leak():
    for number in range(40):
        send(f"customer-{number}@example.org")


def leaked():
    return [weakref.ref(one) for one in send.__defaults__[0]]


def next_step():
    assert send("next@example.org") == "next@example.org.pdf"
    assert OUTBOX[-1][0] == "next@example.org"
    own = []
    assert send("own@example.org", own) == "own@example.org.pdf"
    assert OUTBOX.pop() == ("own@example.org", 1)
    assert len(own) == 1
    assert isinstance(send.__defaults__[0], list)
