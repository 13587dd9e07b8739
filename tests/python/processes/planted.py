"""Plants the secrets that come on standard input, each in a place of its own, and dumps with all options."""

import array
import asyncio
import collections
import contextvars
import ctypes
import dataclasses
import datetime
import decimal
import enum
import fractions
import functools
import json
import logging
import logging.handlers
import os
import pathlib
import re
import sqlite3
import sys
import threading
import tracemalloc
import types
import urllib.parse
import uuid

import heapview

folder = pathlib.Path(sys.argv[1])
with open(0, "rb", closefd=False) as stdin:
    S = json.loads(stdin.read())


def take(name):
    """Return a secret that nothing else holds."""
    return S.pop(name)


numbers = {
    name: int(S.pop(name)) for name in ("int", "long int", "negative int", "int subclass", "small int")
}
real = float(S.pop("float"))


class Plain:
    pass


class Slots:
    __slots__ = ("secret",)


class Text(str):
    pass


class Octets(bytes):
    pass


@dataclasses.dataclass
class Account:
    password: str


held = [numbers["int"], [numbers["long int"]], {"n": numbers["negative int"]}, (real,), numbers["small int"]]
held.append(enum.IntEnum("Number", {"ONE": numbers["int subclass"]}))
held.append(enum.Enum("Kind", {"ONE": take("enum")}))
VALUE = take("global")
held += [
    take("list"),
    take("bytes").encode(),
    {take("dict key"): 1},
    {take("set member")},
    frozenset([take("frozenset")]),
]
held += [(take("tuple"), 1), collections.deque([take("deque")]), {"of": {take("bytes key").encode(): 2}}]
held += [
    Text(take("str subclass")),
    Octets(take("bytes subclass").encode()),
    take("wide") + "\u6f22",
    take("widest") + "\U0001f40d",
]
held += [types.SimpleNamespace(entry=take("namespace")), collections.OrderedDict({take("ordered key"): 1})]
inline = Plain()
inline.attribute = take("attribute")
setattr(inline, take("attribute name"), 1)
odd, materialised = Plain(), Plain()
setattr(odd, "odd " + take("odd name"), Octets(b"x"))
vars(materialised)["odd " + take("odd key")] = 1
held += [inline, odd, materialised, dataclasses.replace(Account(take("dataclass")))]
slots = Slots()
slots.secret = take("slot")
held += [slots, type("C", (), {"of_class": take("class attribute")}), type(take("type name"), (), {})]
held += [type("odd " + take("odd type name"), (), {})()]
held += [ValueError(take("exception")), sys.intern(take("interned")), re.compile(take("pattern"))]
held += [bytearray(take("bytearray").encode()), memoryview(bytearray(take("memoryview").encode()))]
held += [array.array("b", take("array").encode()), ctypes.create_string_buffer(take("ctypes").encode())]
held += [
    decimal.Decimal(take("decimal")),
    complex(float(take("complex")), 1),
    uuid.UUID(int=int(take("uuid"))),
]
held += [datetime.datetime.fromtimestamp(int(take("datetime")), datetime.timezone.utc)]
held += [datetime.timedelta(seconds=int(take("timedelta"))), fractions.Fraction(int(take("fraction")), 7)]
held += [
    pathlib.PurePosixPath("/srv") / take("path"),
    urllib.parse.urlparse(f"https://x:{take('url')}@host/"),
]
database = sqlite3.connect(str(folder / f"{take('sqlite file')}.db"))
database.execute("create table t (x)")
database.execute("insert into t values (?)", (take("sqlite row"),))
opened = open(folder / f"{take('open file')}.txt", "w")  # noqa: SIM115
os.environ["SECRET_OF_THE_ENVIRONMENT"] = take("environment")
logger = logging.getLogger("secrets")
memory = logging.handlers.MemoryHandler(100)
logger.addHandler(memory)
logger.warning("logged %s", take("log record"))


@functools.lru_cache(maxsize=10)
def cached(key):
    return take("lru result")


cached(take("lru argument"))


def closure(cell):
    return lambda: cell


def default(value=None, *, keyword=None):
    return value, keyword


default.__defaults__ = (take("default"),)
default.__kwdefaults__ = {"keyword": take("keyword default")}
default.__doc__ = take("docstring")
default.__annotations__["value"] = take("annotation")
held += [closure(take("closure")), default, functools.partial(print, take("partial"))]
module_name = take("module name")
module = types.ModuleType(module_name, take("module docstring"))
module.__file__ = f"/srv/{take('module file')}.py"
module.__version__ = take("odd version")
sys.modules[module_name] = module
variable = contextvars.ContextVar(take("contextvar name"))
variable.set(take("contextvar value"))


def generator(local):
    yield local


suspended = generator(take("generator local"))
next(suspended)


async def coroutine(local):
    await asyncio.sleep(1000)
    return local


async def begin():
    asyncio.create_task(coroutine(take("coroutine local")), name=take("task name")).add_done_callback(print)
    await asyncio.sleep(0)


loop = asyncio.new_event_loop()
loop.run_until_complete(begin())
tracemalloc.start()
function = take("function name")
source = f"CONSTANT = [{take('constant')!r}]\ndef {function}({take('local name')}):\n    return wait()\n"
ready, go = threading.Event(), threading.Event()


def wait():
    ready.set()
    go.wait()


scope = {"wait": wait}
exec(compile(source, f"/srv/{take('code file')}.py", "exec"), scope)
thread = threading.Thread(
    target=scope[function], args=(take("frame local"),), name=f"of {take('thread name')}", daemon=True
)
thread.start()
ready.wait()


def fail(_):
    raise ValueError(S["adapter exception"])


def label(_):
    yield 1 << 20, 4096, S["adapter label"]


try:
    raise KeyError(take("exception held"))
except KeyError as error:
    sys.last_value = error
heapview.register_adapter("__main__.Slots", buffers=fail)
heapview.register_adapter("__main__.Account", buffers=label)
twin = take("twin")
twins = ["".join([twin[:5], twin[5:]]) for _ in range(2)]
assert twins[0] is not twins[1]
LONG = "x" * 100 + take("behind 64 characters")


def dump(name, **options):
    path = folder / f"{name}.rkyv"
    done = heapview.heapdump(path, **options)
    if options.get("fork"):
        done.wait()


def main(local):
    dump("default")
    dump("full", previews="full")
    dump("none", previews="none")
    dump("redact", redact=True)
    dump("none+redact", previews="none", redact=True)
    dump("full+redact", previews="full", redact=True)
    dump("none+compress", previews="none", compress=True)
    dump("redact+compress", redact=True, compress=True)
    dump("default+compress", compress=True)
    if getattr(sys, "_is_gil_enabled", lambda: True)():
        dump("none+fork", previews="none", fork=True)


main(take("running local"))
print(json.dumps({"twins": [hex(id(twin)) for twin in twins], "small": hex(id(numbers["small int"]))}))
