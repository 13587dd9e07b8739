"""Keys, names and structures whose paths are hard to tell apart or to read back. Run by `test_selectors`."""

import asyncio
import collections
import contextvars
import functools
import sys
import threading

HARD = [
    "it's",
    'say "x"',
    "a\nb\r\tc",
    "[*]",
    ".**",
    " -> ",
    "<x>",
    ">",
    "<",
    "x @1a",
    "@1a",
    "größe 🐍",
    "\u202eabc",
    "\x1b[31m",
    "\\",
    "",
    " ",
    "]['x'",
    "k" * 300,
    "\udc80",
    b"bytes\x00'\"",
    0,
    -1,
    2**40,
    2**90,
    2**200,
    1.5,
    1e22,
    float("nan"),
    True,
    None,
    (1, ("a'b", None)),
    (),
    frozenset({1}),
    int,
]


class Hostile:
    """A type whose name needs quotes."""


Hostile.__qualname__ = "f.<locals>.it's > \n@1"


class Liar:
    """Its attributes are not what it keeps."""

    def __init__(self):
        for key in HARD:
            object.__setattr__(self, ascii(key), [key])

    def __getattribute__(self, name):
        return object()


class Shouting(dict):
    """Its subscript is not the dict's."""

    def __getitem__(self, key):
        return [key]


class Upside(list):
    """Its subscript is not the list's."""

    def __getitem__(self, index):
        return [index]


@functools.lru_cache(maxsize=1000)
def bounded(key):
    """Return something that the cache keeps in a link."""
    return [key]


@functools.cache
def unbounded(key):
    """Return something that the cache keeps by its key."""
    return [key]


keys = {key: [key] for key in HARD}
members = {key for key in HARD if key is not True}
shouting = Shouting(keys)
upside = Upside([key] for key in HARD)
liar = Liar()
instances = {Hostile(): [Hostile()] for _ in range(3)}
queue = collections.deque([key] for key in HARD)
for key in HARD:
    bounded(key), unbounded(key)
variables = [contextvars.ContextVar(name) for name in ["same", "same", "it's >", "\n@1"] * 5]
for variable in variables:
    variable.set(["current", variable])
context = contextvars.copy_context()
for variable in variables[::2]:
    context.run(variable.set, ["copied", variable])


def generate(depth):
    """Hold something on each level."""
    held = ["generator", depth]
    if depth:
        yield from generate(depth - 1)
    yield held


generators = [generate(5), generate(5)]
for generator in generators:
    next(generator)


def fail(depth):
    """Fail deep down, with something in hand on each level."""
    held = ["failure", depth]
    if depth:
        fail(depth - 1)
    raise ValueError(held)


failures = []
for _ in range(2):
    try:
        fail(6)
    except ValueError as error:
        failures.append(error)


async def wait(number):
    """Wait for ever."""
    held = ["task", number]
    await asyncio.Event().wait()
    held.clear()


async def start():
    """Start tasks, two of one name."""
    started = [asyncio.ensure_future(wait(number)) for number in range(4)]
    await asyncio.sleep(0)
    return started


loop = asyncio.new_event_loop()
loop.set_exception_handler(lambda loop, context: None)
WORKERS = loop.run_until_complete(start())
ready, stop = threading.Semaphore(0), threading.Event()


def serve(depth):
    """Recur, so that frames are alike, and wait."""
    held = ["thread", depth]
    if depth:
        return serve(depth - 1)
    ready.release()
    stop.wait()
    return held


for name in ["it's > @1", "<x>", "same", "same"]:
    threading.Thread(target=serve, args=(4,), name=name, daemon=True).start()
    ready.acquire()


def main(path):
    """Dump with something in hand."""
    import heapview

    held = ["main"]
    heapview.heapdump(path)
    return held


if __name__ == "__main__":
    main(sys.argv[1])
