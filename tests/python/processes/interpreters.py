"""Other interpreters of the process, one of which shares the GIL; prints the paths to what it holds."""

from __future__ import annotations

import json
import os
import sys
import threading

import heapview

try:
    import _interpreters as interpreters
except ImportError:
    import _xxsubinterpreters as interpreters

OTHER = """
import os, sys, types

class Leak(list):
    pass

CACHE = Leak(bytes(1000) + b"%d" % number for number in range(1000))
sys.modules["app"] = types.ModuleType("app")
sys.modules["app"].TABLE = {{"rows": Leak(["rows"])}}

def hook(*arguments, held=Leak(["hook"])):
    pass

sys.addaudithook(hook)
HOOK = id(hook.__defaults__ or hook.__kwdefaults__["held"])
del sys.modules["__main__"].hook

def work():
    local = Leak(["local"])
    addresses = [id(CACHE), id(sys.modules["app"].TABLE["rows"]), HOOK, id(local)]
    os.write({answer}, " ".join(map(str, addresses)).encode())
    os.read({go_on}, 1)
    return local

work()
"""


def create(shares_gil: bool) -> object:
    """Make an interpreter."""
    if sys.version_info >= (3, 13):
        return interpreters.create("legacy" if shares_gil else "isolated")
    return interpreters.create(isolated=not shares_gil)


def main(path: str) -> None:
    """Run code elsewhere, dump, print."""
    (asked, answer), (go_on, gone_on) = os.pipe(), os.pipe()
    other = create(True)
    program = OTHER.format(answer=answer, go_on=go_on)
    thread = threading.Thread(target=interpreters.run_string, args=(other, program))
    thread.start()
    addresses = os.read(asked, 200).decode().split()
    # Before 3.12 all share it.
    n_apart = 3 if sys.version_info >= (3, 12) else 0
    apart = [create(False) for _ in range(n_apart)]
    result = heapview.heapdump(path)
    child = heapview.heapdump(path + ".child", fork=True).wait()
    os.write(gone_on, b"x")
    thread.join()
    snapshot = heapview.load(path, index=False)
    found = [snapshot.find(hex(int(address)))[0] for address in addresses]
    print(
        json.dumps(
            {
                "paths": [obj.path_to_root().text for obj in found],
                "expressions": [obj.path_to_root().is_expression for obj in found],
                "retained": found[0].retained_size,
                "warnings": result.warnings,
                "warnings of child": child.warnings,
                "n_apart": len(apart),
                "n_objects": [snapshot.n_objects, child.n_objects],
            }
        )
    )
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1])
