"""Makes a module for each case: something keeps things, a function uses them; prints how to free them."""

import gc
import json
import sys
import textwrap
import types
from pathlib import Path

import heapview

SOURCE = """
import functools, weakref
class Thing:
    def __init__(self): self.payload, self.n = bytearray(5000), 0
    def step(self): self.n += 1
{container}
def use(k):
{body}
"""
LIST = "def add(k): X.append(k)\nX = [Thing() for _ in range(20)]\n"
KEPT = f"{LIST}W = weakref."
CONTAINERS = {
    "dict": "X = {n: Thing() for n in range(20)}",
    "list": "X = [Thing() for _ in range(20)]",
    "weak values": f"{KEPT}WeakValueDictionary(enumerate(X))",
    "weak keys": f"{KEPT}WeakKeyDictionary(dict.fromkeys(X, 1))",
    "weak set": f"{KEPT}WeakSet(X)",
    "weak reference": f"{KEPT}ref(X[3])",
    "weak references": f"{LIST}W = [weakref.ref(x) for x in X]",
    "proxy": f"{KEPT}proxy(X[3])",
    "within": f"{LIST}for x in X: x.me = weakref.ref(x)",
    "cache": "@functools.lru_cache(None)\ndef X(n): return Thing()\n[X(n) for n in range(20)]",
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
        exec(compile(source, f"{name}.py", "exec"), vars(module))
        module.__file__ = str(folder / f"{name}.py")
        names.append((name, kind))
        del module
    gc.collect()
    heapview.heapdump(folder / "snap.rkyv")
    snap = heapview.load(folder / "snap.rkyv")
    paths = [f"{name}.X.<cache>[3]" if "cache" in kind else f"{name}.X[3]" for name, kind in names]
    plans = [snap.find(path)[0].how_to_free() for path in paths]
    print(json.dumps({"code": [plan.code for plan in plans], "advice": [plan.advice for plan in plans]}))


if __name__ == "__main__":
    main()
