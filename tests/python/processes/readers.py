"""Makes a module for each case, with a container and a function that uses it; prints how to empty it."""

import gc
import json
import sys
import textwrap
import types
from pathlib import Path

import heapview

SOURCE = """
class Thing:
    def __init__(self): self.payload = bytearray(5000)
X = {container}
def use(k):
{body}
"""
CONTAINERS = {"dict": "{n: Thing() for n in range(20)}", "list": "[Thing() for _ in range(20)]"}


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
        names.append(name)
        del module
    gc.collect()
    heapview.heapdump(folder / "snap.rkyv")
    snap = heapview.load(folder / "snap.rkyv")
    plans = [snap.find(f"{name}.X[3]")[0].how_to_free() for name in names]
    print(json.dumps({"code": [plan.code for plan in plans], "advice": [plan.advice for plan in plans]}))


if __name__ == "__main__":
    main()
