"""The leaking program's own process: it leaks, dumps, and runs lines in forked copies of itself.

Started by `harmless.py`, which sends requests as JSON through one pipe and reads answers from another.
"""

from __future__ import annotations

import code
import contextlib
import ctypes
import faulthandler
import gc
import itertools
import json
import os
import signal
import sys
import threading
import time
import traceback
import tracemalloc
import types
import warnings
import weakref
from typing import Any

from harmless_state import State, damage

# Seconds for the lines and two next steps: who takes longer hangs.
PATIENCE = 45
# More empty containers than wait in the interpreter's free lists, where the address of one that went lies.
N_PROBES = 400


class Watch:
    """Tells whether one object is still there, without keeping it."""

    def __init__(self, seen: Any) -> None:
        self.ref = seen if isinstance(seen, weakref.ref) else None
        if self.ref is None:
            self.address, self.type_name = seen
        else:
            live = self.ref()
            assert live is not None, "a leaked object is dead before anything was freed"
            self.address, self.type_name = id(live), type(live).__name__


def n_alive(watches: list[Watch]) -> int:
    """Count those that are there; what cannot be weakly referenced is looked for."""
    found = sum(watch.ref() is not None for watch in watches if watch.ref)
    wanted = {watch.address: watch.type_name for watch in watches if watch.ref is None}
    if wanted:
        # What is made now comes to lie where one that went was.
        probes: list[Any] = [[] for _ in range(N_PROBES)]
        probes += [{} for _ in range(N_PROBES)]
        probes += [(probes,) for _ in range(N_PROBES)]
        new = set(map(id, probes))
        tracked = [one for one in gc.get_objects() if id(one) not in new and one is not probes]
        # Those that the collector does not track, such as dicts of texts, are held by others that it does.
        for one in itertools.chain(tracked, itertools.chain.from_iterable(map(gc.get_referents, tracked))):
            if wanted.get(id(one)) == type(one).__name__ and id(one) not in new:
                del wanted[id(one)]
                found += 1
                if not wanted:
                    break
    return found


def watch_at(address: int, watches: list[Watch]) -> Watch | None:
    """Return a watch on the object there, if there is a way to watch it."""
    known = next((watch for watch in watches if watch.address == address), None)
    if known:
        return known
    if not any(id(one) == address for one in gc.get_objects()):
        return None
    live = ctypes.cast(address, ctypes.py_object).value
    try:
        return Watch(weakref.ref(live))
    except TypeError:
        return Watch((address, type(live).__name__))


def run_program(path: str) -> types.ModuleType:
    """Run the program as `__main__` and make its leak."""
    main = sys.modules["__main__"]
    for name in [name for name in vars(main) if not name.startswith("__")]:
        del main.__dict__[name]
    main.__file__ = path
    sys.argv[:] = [path]
    sys.path.insert(0, os.path.dirname(path))
    with open(path, encoding="utf-8") as file:
        compiled = compile(file.read(), path, "exec")
    exec(compiled, vars(main))
    # Tracing from the start would make every import slow.
    tracemalloc.start()
    main.leak()
    return main


class Prompt(code.InteractiveConsole):
    """The interpreter's prompt, where lines are pasted one by one; it raises what it would show."""

    def showtraceback(self, *_: Any, **__: Any) -> None:
        """Raise what a line has raised."""
        raise  # noqa: PLE0704

    showsyntaxerror = showtraceback


def run_lines(lines: list[str], names: dict[str, Any], by_line: bool) -> None:
    """Run the lines as a cell, or one by one at the prompt, which shows and keeps what each comes to."""
    if by_line:
        prompt = Prompt(names)
        for line in [*"\n".join(lines).split("\n"), ""]:
            prompt.push(line)
    else:
        exec(compile("\n".join(lines), "<cell>", "exec"), names)


def attempt(
    main: types.ModuleType, request: dict[str, Any], watches: list[Watch], before: State
) -> dict[str, Any]:
    """Run the lines and two next steps; return what went, what stayed and what broke."""
    lines = request["lines"]
    asked = [watch_at(address, watches) for address in request["asked"]]
    if request["collects"]:
        gc.collect()
    problems = []
    size, _ = tracemalloc.get_traced_memory()
    try:
        run_lines(lines, vars(main), request["by_line"])
    except BaseException:
        problems.append(f"the lines raise: {last_line()}")
    freed = size - tracemalloc.get_traced_memory()[0]
    n_left = n_alive([watch for watch in asked if watch])
    with contextlib.suppress(SyntaxError):
        problems += damage(before, State(), lines, request["may_change"])
    for number in (1, 2):
        try:
            main.next_step()
        except BaseException:
            problems.append(f"next step {number} fails: {last_line()}")
            break
    return {
        "freed": freed,
        "n_asked": len(asked),
        "n_watched": sum(watch is not None for watch in asked),
        "n_alive": n_left,
        "problems": problems,
    }


def last_line() -> str:
    """Return the exception that is being handled, and where it was raised, in one line."""
    kind, error, trace = sys.exc_info()
    frames = traceback.extract_tb(trace)
    places = [f"{os.path.basename(frame.filename)}:{frame.lineno}" for frame in frames[1:]]
    (*_, text) = traceback.format_exception_only(kind, error)
    return f"{text.strip()} ({' <- '.join(reversed(places[-4:]))})"


def in_this_process(path: str, *arguments: Any) -> None:
    """Try the lines; write the answer to `path`."""
    faulthandler.dump_traceback_later(PATIENCE - 1)
    answer = attempt(*arguments)
    faulthandler.cancel_dump_traceback_later()
    with open(path, "w") as file:
        json.dump(answer, file)


def in_copy(path: str, *arguments: Any) -> str | None:
    """Try the lines in a forked copy of this process; return how it died, if it did."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            in_this_process(path, *arguments)
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            with contextlib.suppress(BaseException):
                sys.__stderr__.flush()
            os._exit(status)
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return f"the copy ended with status {status}" if status else None
        time.sleep(0.005)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return "it hangs"


def serve(program: str, snapshot: str, requests: int, answers: int) -> None:
    """Leak and dump, then answer requests until the pipe ends."""
    warnings.filterwarnings("ignore", message=".*fork", category=DeprecationWarning)
    main = run_program(program)
    watches = [Watch(seen) for seen in main.leaked()]
    collects = getattr(main, "COLLECTS", True)
    if collects:
        gc.collect()
        gc.collect()
    import heapview

    heapview.heapdump(snapshot)
    before = State()
    n_threads = threading.active_count()
    with os.fdopen(requests) as incoming, os.fdopen(answers, "w", buffering=1) as outgoing:
        ready = {"leaked": [[watch.address, watch.type_name] for watch in watches], "n_threads": n_threads}
        print(json.dumps(ready), file=outgoing)
        may_change = getattr(main, "MAY_CHANGE", [])
        for line in incoming:
            request = {"collects": collects, "may_change": may_change, **json.loads(line)}
            path = f"{snapshot}.answer"
            run = in_copy if request["in_copy"] else in_this_process
            death = run(path, main, request, watches, before)
            print(json.dumps({"death": death}), file=outgoing)
    # Whoever started threads may not have them end.
    os._exit(0)
