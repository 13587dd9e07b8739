"""A list in the class body is shared by all instances: every client's responses pile up in it."""

import weakref

EXPECTS = "words"
ANCHORS = ["history"]
REMEDY = "Client.history.clear()"


class Response:
    def __init__(self, url):
        self.url, self.body = url, url * 5_000


class Client:
    history = []
    retries = 3

    def __init__(self, base):
        self.base = base

    def get(self, path):
        response = Response(f"{self.base}/{path}")
        self.history.append(response)
        return response

    def last(self):
        return self.history[-1].url if self.history else None


def crawl(number):
    client = Client(f"http://host-{number}")
    return len(client.get("a").body) + len(client.get("b").body)


def leak():
    for number in range(25):
        crawl(number)


def leaked():
    return [weakref.ref(response) for response in Client.history]


def next_step():
    assert crawl(7) == 2 * 5_000 * len("http://host-7/a")
    client = Client("http://next")
    assert client.last() == "http://host-7/b"
    client.get("c")
    assert Client("http://other").last() == "http://next/c"
    assert client.retries == 3
