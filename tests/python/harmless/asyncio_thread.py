"""An event loop runs in a thread of its own; subscribers that went away stay in a dict of queues."""

import asyncio
import threading
import weakref

EXPECTS = "words"
ANCHORS = ["subscribers"]
REMEDY = "HUB.subscribers.clear()"
LOOP = asyncio.new_event_loop()


class Event:
    def __init__(self, text):
        self.text, self.picture = text, bytearray(15_000)


class Hub:
    def __init__(self):
        self.subscribers = {}
        self.n_published = 0

    async def subscribe(self, name):
        self.subscribers[name] = []
        return name

    async def publish(self, text):
        for inbox in self.subscribers.values():
            inbox.append(Event(text))
        self.n_published += 1
        return len(self.subscribers)

    async def leave(self, name):
        return [event.text for event in self.subscribers.pop(name)]


HUB = Hub()


def call(coroutine):
    return asyncio.run_coroutine_threadsafe(coroutine, LOOP).result(timeout=10)


def leak():
    threading.Thread(target=LOOP.run_forever, name="loop", daemon=True).start()
    for number in range(12):
        call(HUB.subscribe(f"browser-{number}"))
    for number in range(15):
        call(HUB.publish(f"news {number}"))


def leaked():
    return [weakref.ref(event) for inbox in HUB.subscribers.values() for event in inbox]


def next_step():
    n_published = HUB.n_published
    assert call(HUB.subscribe("next")) == "next"
    n_reached = call(HUB.publish("hello"))
    assert n_reached == len(HUB.subscribers) >= 1
    call(HUB.publish("again"))
    assert call(HUB.leave("next")) == ["hello", "again"]
    assert HUB.n_published == n_published + 2
    assert LOOP.is_running()
