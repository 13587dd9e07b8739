"""Tasks that keep topics alive, to which a hub refers weakly."""

import asyncio
import weakref

SELECTORS = ["hub.tasks[0]", "hub.tasks", "type:Task"]
LOOP = asyncio.new_event_loop()


class Topic:
    def __init__(self):
        self.queue = asyncio.Queue()


class Hub:
    def __init__(self):
        self.topics = weakref.WeakValueDictionary()
        self.tasks, self.got = [], []

    async def listen(self, topic):
        while True:
            self.got.append(await topic.queue.get())

    async def subscribe(self, name):
        topic = self.topics[name] = Topic()
        self.tasks.append(asyncio.ensure_future(self.listen(topic)))

    def publish(self, name, message):
        topic = self.topics.get(name)
        if topic:
            topic.queue.put_nowait(message)


async def turns():
    for _ in range(5):
        await asyncio.sleep(0)


hub = Hub()
LOOP.run_until_complete(hub.subscribe("a"))
LOOP.run_until_complete(turns())
hub.publish("a", 1)
LOOP.run_until_complete(turns())


def next_step():
    hub.publish("a", 2)
    LOOP.run_until_complete(turns())
    return hub.got
