"""Dumps twice with names that would act on a terminal wherever a name can be, then runs the lines that free.

Answers, as JSON, what went wrong: nothing should.
"""

import ast
import contextvars
import functools
import gc
import json
import sys
import threading
import tracemalloc
import types
import weakref

import heapview

MARKS = {
    "escape": "\x1b[2J\x07\x08",
    "c1": "\x9b31m\x85",
    "delete": "\x7f",
    "override": "\u202e\u200f",
    "isolate": "\u2066\u2069",
    "tag": "\U000e0041\U000e007f",
    "separator": "\u2028\u2029",
    "width": "\u200b\ufeff\u00ad\u200d",
    "line": "\n\r\t",
    "filler": "\u3164\u2800\u00a0",
    "selector": "\ufe0f\U000e0100",
    "stacked": "o" + "\u0301" * 40,
    "html": "<script>alert(1)</script>&",
    "quotes": "'\"\\'''\\",
    "code": "x = 1; PWNED = True; y",
    "closing": "'] = 1\nPWNED = True\nx['",
}
LONG = "Long" * 1250
NAMES = [f"evil {mark}{kind}" for kind, mark in MARKS.items()]
SURROGATE = "evil \udcffsurrogate"
PWNED = False


class Big:
    """Something to free."""

    def __init__(self):
        self.rows = bytearray(300_000)


class Inline:
    """Its attributes have odd names."""


def evil_type(name):
    made = type(name, (Big,), {name: [Big()], "__module__": f"module {name}"})
    # Each instance holds itself.
    instance = made()
    instance.__dict__[name] = instance
    return instance


# Read by no code under their names from here on: what code reads has no lines.
KEYS = {name: Big() for name in [*NAMES, SURROGATE]}
BYTE_KEYS = {name.encode("utf-8", "surrogatepass"): Big() for name in [*NAMES, SURROGATE]}
TUPLES = {(name, (1, name.encode("utf-8", "surrogatepass"))): Big() for name in [*NAMES, SURROGATE]}
TYPES = [evil_type(name) for name in [*NAMES, LONG]]
ODD = Inline()
HOLDERS = ["KEYS", "BYTE_KEYS", "TUPLES", "ODD"]
for name in [*NAMES, SURROGATE]:
    setattr(ODD, name, Big())
PLAIN = {name: types.SimpleNamespace(**{name: Big()}) for name in [*NAMES, SURROGATE]}
TWINS = [[f"twin of {name}" for name in NAMES] for _ in range(3)]
EMPTY = {name: {} for name in NAMES}
VARIABLES = []
for name in NAMES:
    module = types.ModuleType(name)
    module.__version__ = f"1.0 {name}"
    module.kept = Big()
    sys.modules[name] = module
    variable = contextvars.ContextVar(name)
    variable.set(Big())
    VARIABLES.append(variable)
READY, GO = threading.Barrier(len(NAMES) + 1), threading.Event()


def wait(local):
    made = Big()
    READY.wait()
    GO.wait()
    return local, made


THREADS = []
for name in NAMES:
    # The code of a hostile file, traced, with a local variable of a hostile name.
    source = compile(
        f"MADE = [Big()]\ndef run(local):\n    return [{name!r}, MADE, wait(local)]", name, "exec"
    )
    scope = {"Big": Big, "wait": wait}
    tracemalloc.start(3)
    exec(source, scope)
    run = scope["run"]
    run.__code__ = run.__code__.replace(co_name=name, co_varnames=(name,))
    THREADS.append(threading.Thread(target=run, args=(Big(),), name=name, daemon=True))
    THREADS[-1].start()
READY.wait()


@functools.lru_cache(maxsize=100)
def cached(name):
    return Big()


for name in NAMES:
    cached(name)


def fails(_):
    raise ValueError("cannot " + "".join(NAMES))


heapview.register_adapter("__main__.Big", buffers=fails)
sys.argv[3:] = NAMES
before, after = sys.argv[1:3]
WRONG = []
first = heapview.heapdump(before)
MORE = [evil_type(name) for name in NAMES]
heapview.heapdump(after)
GO.set()
snapshot = heapview.load(before, index=False)


def shown():
    """What Python shows of a snapshot."""
    yield repr(snapshot)
    yield repr(first)
    yield repr(heapview.diff(snapshot, snapshot))
    objects = snapshot.objects
    yield repr(objects)
    for query in ("Big", "type:*evil*", "type:Long*"):
        found = objects.query(query)
        assert len(found), query
        yield repr(found)
        yield found._repr_html_()
    for wrong in (f"type:'{NAMES[0]}' {NAMES[3]}", f"{NAMES[0]}>1", "nonsense:\u202e"):
        for ask in (snapshot.query, snapshot.find):
            try:
                yield repr(ask(wrong))
            except heapview.HeapviewError as error:
                yield str(error)
    try:
        heapview.load(f"/no/such/{NAMES[0]}")
    except heapview.HeapviewError as error:
        yield str(error)


def held(name):
    """Return what the name of a dict, or of an object with attributes, stands for."""
    found = vars(sys.modules["__main__"])[name]
    return found if isinstance(found, dict) else vars(found)


def of_each_object():
    """What Python shows of objects, and the lines that free them."""
    holders = [held(name) for name in HOLDERS]
    values = [value for holder in holders for value in list(holder.values())]
    values += [value for space in PLAIN.values() for value in vars(space).values()]
    for value in [*values, *TYPES, *map(type, TYPES), *sys.modules.values()]:
        for found in snapshot.query(hex(id(value))):
            yield repr(found)
            for path in found.paths():
                yield repr(path)
                yield str(path)
    for holder in HOLDERS:
        numbers = held(holder)
        for key in list(numbers):
            value = numbers[key]
            (found,) = snapshot.find(hex(id(value)))
            plan = found.how_to_free()
            yield from plan.code
            yield from plan.advice
            yield from plan.outcome
            yield repr(plan)
            yield from str(plan).split("\n")
            # The value is held by the loop as well.
            gone = weakref.ref(value)
            del value
            # A key that the snapshot does not hold whole goes with all others.
            is_whole = plan.code and f"del {holder}" not in plan.code
            for line in plan.code:
                ast.parse(line)
                if is_whole:
                    exec(line, globals())
            values.clear()
            gc.collect()
            if is_whole and gone() is not None:
                WRONG.append(f"{plan.code} left {holder}[{key!r}]")


texts = [*shown(), *of_each_object()]
if PWNED:
    WRONG.append("a name became code")
if held("ODD").keys() - {*NAMES, SURROGATE}:
    WRONG.append(f"attributes came from nowhere: {held('ODD').keys()}")
n_freed = sum(len(NAMES) + 1 - len(held(name)) for name in HOLDERS[:3])
print(json.dumps({"texts": texts, "wrong": WRONG, "n_freed": n_freed, "n_names": len(NAMES), "long": LONG}))
