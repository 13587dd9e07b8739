"""Makes a module for each case: something keeps things, a function uses them; prints how to free them."""

import gc
import json
import sys
import textwrap
import types
from pathlib import Path

import heapview

SOURCE = """
import ctypes, functools, pickle, secrets, tempfile, threading, weakref
class Thing:
    def __init__(self):
        self.payload, self.parts, self.n = bytearray(5000), [], 0
        self.lock, self.event = threading.Lock(), threading.Event()
    def step(self): self.n += 1
    def grow(self): self.parts.append(1)
    def look(self): return self.n
class Plain:
    def __init__(self): self.text, self.size = bytes(5000), 0
    def look(self): return self.size
OTHER, NUMBERS, FORMAT, NAMES = {{}}, iter(range(1000)), '{{box.ROWS[0]}}', ('ROWS', 'n')
def make(k): return Thing()
def draw(k): return next(NUMBERS)
{container}
def use(k):
{body}
"""
LIST = "def add(k): X.append(k)\nX = [Thing() for _ in range(20)]\n"
KEPT = f"{LIST}W = weakref."
PLAIN = KEPT.replace("Thing()", "Plain()")
CONTAINERS = {
    "dict": "X = {n: Plain() for n in range(20)}",
    "grouped": "X = {n: [Thing() for _ in range(20)] for n in range(4)}",
    "list": "X = [Thing() for _ in range(20)]",
    "dict asked": "X = {n: Thing() for n in range(20)}\ndef get(k):\n"
    "    if k not in X: X[k] = Thing()\n    return X[k]",
    "dict looked at": "X = {n: Plain() for n in range(20)}\ndef get(k):\n"
    "    if k not in X: X[k] = Plain()\n    return X[k]",
    "dict computed": "RATE, RATES = 2, {}\nX = {n: Plain() for n in range(20)}\ndef get(k):\n"
    "    if k not in X: X[k] = make(RATE * len(RATES))\n    return X[k]",
    "attribute": "class Box: pass\nBOX = Box()\nBOX.ROWS = [Thing() for _ in range(20)]",
    "attribute matched": "class Box: __match_args__ = ('ROWS',)\nBOX = Box()\n"
    "BOX.ROWS = [Thing() for _ in range(20)]",
    "attribute saved": "class Box:\n    def save(self): return pickle.dumps(self)\n"
    "BOX = Box()\nBOX.ROWS = [Thing() for _ in range(20)]",
    "attribute listed": "class Box:\n    def __repr__(self): return str(vars(self))\n"
    "BOX = Box()\nBOX.ROWS = [Thing() for _ in range(20)]",
    "attribute compared": "class Box:\n    def __eq__(self, other): return self.__dict__ == other.__dict__\n"
    "BOX = Box()\nBOX.ROWS = [Thing() for _ in range(20)]",
    "temporary": "X = [tempfile.TemporaryDirectory() for n in range(20)]",
    "finalized": "X = [Thing() for n in range(20)]\nfor x in X: weakref.finalize(x, OTHER.clear)",
    "deleted": "class Gone:\n    def __init__(self): self.payload = bytearray(5000)\n"
    "    def __del__(self): OTHER.update(gone=1)\nX = [Gone() for n in range(20)]",
    "pointers": "X = [ctypes.create_string_buffer(5000) for n in range(20)]",
    "weak values": f"{KEPT}WeakValueDictionary(enumerate(X))",
    "weak values looked at": f"{PLAIN}WeakValueDictionary(enumerate(X))",
    "weak keys": f"{KEPT}WeakKeyDictionary(dict.fromkeys(X, 1))",
    "weak set": f"{KEPT}WeakSet(X)",
    "weak reference": f"{KEPT}ref(X[3])",
    "weak references": f"{LIST}W = [weakref.ref(x) for x in X]",
    "proxy": f"{KEPT}proxy(X[3])",
    "within": f"{LIST}for x in X: x.me = weakref.ref(x)",
    "cache": "@functools.lru_cache(None)\ndef X(n): return Thing()\n[X(n) for n in range(20)]",
    "cache looked at": "@functools.lru_cache(None)\ndef X(n): return Plain()\n[X(n) for n in range(20)]",
    "cache drawn": "@functools.lru_cache(None)\ndef X(n):\n    next(NUMBERS)\n    return Thing()\n"
    "[X(n) for n in range(20)]",
    "cache of buffers": "@functools.lru_cache(None)\ndef X(n): return bytearray(5000)\nX(3), X(4), X(5)",
}


def main():
    """Make the modules, dump, and ask."""
    folder = Path(sys.argv[1])
    names = []
    for number, (kind, body) in enumerate(json.loads((folder / "cases.json").read_text())):
        name = f"case{number}"
        module = sys.modules[name] = types.ModuleType(name)
        source = SOURCE.format(container=CONTAINERS[kind], body=textwrap.indent(body, "    "))
        source = source.replace("ROWS", f"rows{number}")
        exec(compile(source, f"{name}.py", "exec"), vars(module))
        module.__file__ = str(folder / f"{name}.py")
        names.append((name, kind))
        del module
    gc.collect()
    heapview.heapdump(folder / "snap.rkyv")
    snap = heapview.load(folder / "snap.rkyv")
    found = {"cache": "X.<cache>[3]", "attribute": "BOX.rows{}[3]", "grouped": "X[2][3]"}
    place = [found.get(kind.split()[0], "X[3]").format(number) for number, (_, kind) in enumerate(names)]
    paths = [f"{name}.{place[number]}" for number, (name, _) in enumerate(names)]
    plans = [snap.find(path)[0].how_to_free() for path in paths]
    print(json.dumps({"code": [plan.code for plan in plans], "advice": [plan.advice for plan in plans]}))


if __name__ == "__main__":
    main()
