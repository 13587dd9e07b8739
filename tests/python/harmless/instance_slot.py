"""A service keeps its last response in an attribute, and its methods do not ask whether it is there."""

import weakref

EXPECTS = "words"
ANCHORS = ["SERVICE", "last"]
SEEN = []


class Response:
    def __init__(self, text):
        self.text, self.raw = text, bytearray(2_000_000)


class Service:
    def __init__(self):
        self.n_calls = 0
        self.last = self.fetch("start")

    def fetch(self, text):
        self.n_calls += 1
        response = self.last = Response(f"{text} {self.n_calls}")
        SEEN.append(weakref.ref(response))
        return response

    def headline(self):
        return self.last.text.upper()

    def close(self):
        self.last.raw.clear()


SERVICE = Service()


def leak():
    SERVICE.fetch("news")


def leaked():
    return [weakref.ref(SERVICE.last)]


def next_step():
    assert SERVICE.headline().split()[0] in ("NEWS", "NEXT")
    assert SERVICE.fetch("next").text.startswith("next ")
    assert SERVICE.headline().startswith("NEXT ")
    SERVICE.close()
    assert SERVICE.last.raw == b""
