"""Lists that only suspended greenlets hold, each in a way of its own; prints the paths to each as JSON."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import sys
import threading

import greenlet
import heapview


class Leak(list):
    """A list that can be told from others."""


addresses: dict[str, int] = {}
pool: list[greenlet.greenlet] = []
ended: list[greenlet.greenlet] = []
ready, done = threading.Event(), threading.Event()


def leak(name: str) -> Leak:
    """Return a fresh list whose address is noted."""
    found = Leak([name])
    addresses[name] = id(found)
    return found


def leave() -> None:
    """Go on in the greenlet that started this one."""
    greenlet.getcurrent().parent.switch()


def fetch() -> None:
    """Hold a list in the innermost frame."""
    rows = leak("deep")
    rows.append(bytes(100_000))
    leave()
    assert rows


def handle() -> None:
    """Hold a list in the outermost frame."""
    message = leak("outermost")
    fetch()
    assert message


def numbers():
    """Hold a list in the frame of a generator."""
    held = leak("generator")
    leave()
    yield held


def consume() -> None:
    """Run a generator."""
    for number in numbers():
        assert number


def recurse(depth: int) -> None:
    """Hold a list below many frames."""
    if depth:
        recurse(depth - 1)
        return
    bottom = leak("recursion")
    leave()
    assert bottom


def fail() -> None:
    """Hold a list by the exception that is being handled."""
    try:
        raise ValueError(leak("exception"))
    except ValueError:
        leave()


def only_itself() -> None:
    """Hold itself: nobody else does, and no collection takes it."""
    me = greenlet.getcurrent()
    alone = leak("only itself")
    try:
        leave()
    finally:
        ended.append(me)
    assert alone


class Worker(greenlet.greenlet):
    """A greenlet with attributes of its own, whose function is a method."""

    def run(self) -> None:
        """Hold a list in a frame and one in an attribute."""
        self.attribute = leak("attribute")
        task = leak("method")
        leave()
        assert task


def start(function, *arguments: object) -> greenlet.greenlet:
    """Start a greenlet and leave it suspended."""
    started = greenlet.greenlet(function)
    started.switch(*arguments)
    return started


def other_thread() -> None:
    """Suspend a greenlet in a thread that goes on."""

    def of_thread() -> None:
        there = leak("other thread")
        leave()
        assert there

    pool.append(start(of_thread))
    ready.set()
    done.wait(60)


def ended_thread() -> None:
    """Suspend a greenlet in a thread that ends."""

    def of_ended() -> None:
        orphan = leak("ended thread")
        leave()
        assert orphan

    pool.append(start(of_ended))


async def asynchronous(path: str) -> None:
    """Do as SQLAlchemy does: synchronous code in a greenlet, which leaves it to await."""

    def query() -> None:
        result = leak("awaiting")
        leave()
        assert result

    async def request() -> None:
        context = start(query)
        await asyncio.sleep(3600)
        assert context

    task = asyncio.ensure_future(request())
    await asyncio.sleep(0)
    inner = greenlet.greenlet(in_the_middle)
    inner.switch(path)
    task.cancel()


def in_the_middle(path: str) -> None:
    """Dump from a greenlet: the one of the main program is suspended."""
    running = leak("running")
    heapview.heapdump(path)
    assert running


def main(path: str) -> None:
    """Suspend greenlets, dump from yet another, print."""
    of_main = leak("main program")
    for function in (handle, consume, fail):
        pool.append(start(function))
    pool.append(start(recurse, 200))
    pool.append(Worker())
    pool[-1].switch()
    start(only_itself)
    thread = threading.Thread(target=other_thread, name="the other")
    thread.start()
    ready.wait(60)
    short = threading.Thread(target=ended_thread)
    short.start()
    short.join()
    pending = greenlet.greenlet(leak("not started").append)
    pool.append(pending)
    del pending
    gc.collect()
    asyncio.run(asynchronous(path))
    done.set()
    thread.join()
    assert of_main
    gc.collect()
    snapshot = heapview.load(path, index=False)
    found = {name: snapshot.find(hex(address))[0] for name, address in addresses.items()}
    reopened = heapview.load(path)
    again = {name: reopened.find(hex(address))[0].path_to_root() for name, address in addresses.items()}
    print(
        json.dumps(
            {
                "paths": {
                    name: obj.path_to_root() and obj.path_to_root().text for name, obj in found.items()
                },
                "with index": {name: found_path and found_path.text for name, found_path in again.items()},
                "kinds": {name: obj.path_to_root().root_kind for name, obj in found.items()},
                "warnings": snapshot.meta["warnings"],
                "collected": len(ended),
                "retained": snapshot.find(hex(id(pool[0])))[0].retained_size,
                "greenlet": greenlet.__version__,
            }
        )
    )
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1])
