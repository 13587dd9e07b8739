"""Lists that only the interpreter's own state leads to, each in its place; prints the paths as JSON."""

from __future__ import annotations

import atexit
import codecs
import contextvars
import faulthandler
import gc
import json
import os
import signal
import sys
import threading

import heapview


class Leak(list):
    """A list that can be told from others."""


addresses: dict[str, int] = {}
thread_local = threading.local()
variable: contextvars.ContextVar[Leak] = contextvars.ContextVar("variable")
ready, done = threading.Event(), threading.Event()


def leak(name: str) -> Leak:
    """Return a fresh list whose address is noted."""
    found = Leak([name])
    addresses[name] = id(found)
    return found


def callback(name: str):
    """Return a function that holds a list."""
    held = leak(name)

    def call(*arguments: object, **keywords: object) -> None:
        """Hold and do nothing."""
        assert held

    return call


class File:
    """What faulthandler takes for a file."""

    def __init__(self, name: str) -> None:
        self.held = leak(name)

    def fileno(self) -> int:
        """Give the descriptor of the standard error stream."""
        return 2

    def flush(self) -> None:
        """Do nothing."""


def work() -> None:
    """Hang lists up in the state of a thread."""
    thread_local.held = leak("thread local")
    variable.set(leak("context variable"))
    trace, profile = callback("trace function of a thread"), callback("profile function of a thread")
    sys.settrace(trace)
    sys.setprofile(profile)
    del trace, profile
    ready.set()
    done.wait(60)


def hang_up() -> None:
    """Hang lists up in the state of the interpreter."""
    signal.signal(signal.SIGUSR1, callback("signal handler"))
    codecs.register(callback("codec search"))
    codecs.register_error("mine", callback("codec error handler"))
    sys.addaudithook(callback("audit hook"))
    if sys.version_info >= (3, 12):
        sys.monitoring.use_tool_id(3, "mine")
        sys.monitoring.register_callback(3, sys.monitoring.events.PY_START, callback("monitoring callback"))
    if sys.version_info < (3, 14):
        # Since 3.14 its module tells nobody.
        faulthandler.register(signal.SIGUSR2, File("faulthandler"))
    gc.callbacks.append(callback("collector callback"))
    sys.meta_path.append(callback("import hook"))
    sys.path_hooks.append(callback("path hook"))
    atexit.register(callback("exit handler"))
    os.register_at_fork(before=callback("fork hook"))
    threading.excepthook = callback("exception hook")
    sys.unraisablehook = callback("unraisable hook")


def main(path: str) -> None:
    """Hang each list up, dump, print."""
    hang_up()
    thread = threading.Thread(target=work, name="the worker")
    thread.start()
    ready.wait(60)
    trace, profile = callback("trace function"), callback("profile function")
    sys.settrace(trace)
    sys.setprofile(profile)
    del trace, profile
    heapview.heapdump(path)
    sys.settrace(None)
    sys.setprofile(None)
    done.set()
    snapshot = heapview.load(path, index=False)
    found = {name: snapshot.find(hex(address))[0].path_to_root() for name, address in addresses.items()}
    print(
        json.dumps(
            {
                "paths": {name: found_path and found_path.text for name, found_path in found.items()},
                "warnings": snapshot.meta["warnings"],
            }
        )
    )
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1])
