"""Lists, each held by one part of the interpreter and nothing else; prints the kind of root that each has."""

import atexit
import gc
import json
import os
import sys

import heapview


class Callback:
    """A function object whose state can be found."""

    def __init__(self) -> None:
        self.state = ["state"]

    def __call__(self, *arguments: object) -> None:
        """Do nothing."""


def main(path: str) -> None:
    """Hang each list up, dump, print."""
    argument, garbage, callback, hook = ["exit argument"], ["garbage"], Callback(), Callback()
    addresses = {
        "exit argument": id(argument),
        "garbage": id(garbage),
        "collector callback": id(callback.state),
        "fork hook": id(hook.state),
    }
    atexit.register(print, argument, end="")
    gc.garbage.append(garbage)
    gc.callbacks.append(callback)
    os.register_at_fork(before=hook)
    del argument, garbage, callback, hook
    heapview.heapdump(path)
    snapshot = heapview.load(path, index=False)
    atexit._clear()
    gc.garbage.clear()
    gc.callbacks.clear()
    kinds = {}
    for name, address in addresses.items():
        (found,) = snapshot.find(hex(address))
        found_path = found.path_to_root()
        kinds[name] = found_path and [found_path.root_kind, found_path.text]
    print(json.dumps(kinds))


if __name__ == "__main__":
    main(sys.argv[1])
