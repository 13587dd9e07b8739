"""Runs a sample program, and then in forked copies what `how_to_free` says; prints what came of it as JSON.

Call: truth.py SNAPSHOT PROGRAM N_OBJECTS. Needs `-X tracemalloc`.
"""

import ctypes
import gc
import json
import os
import random
import re
import signal
import struct
import sys
import time
import tracemalloc
import types
import warnings
import weakref

import heapview

RESULT = struct.Struct("<q??")
PATIENCE = 60
MAX_SECONDS = 200
# The threads of the engine are idle while this process is copied.
warnings.filterwarnings("ignore", message=".*fork", category=DeprecationWarning)
# Debug builds show it, which other builds do not, and read source files to do so.
warnings.filterwarnings("ignore", category=ResourceWarning)


def namespace():
    """Return the names of `__main__`; a notebook has put another module in its place."""
    return sys.modules["__main__"].__dict__


def is_in(path, address, type_name):
    """Say whether the heap of the snapshot has an object of the type at the address."""
    snapshot = heapview.load(path, index=False)
    try:
        (found,) = snapshot.find(hex(address))
    except heapview.HeapviewError:
        return False
    # The address may have been given to another object since, but hardly to one of the same type.
    return found.type_name == type_name


def in_copy(plan, obj, path):
    """Run the plan's code in a forked copy of this process: whether the object went, and the bytes freed."""
    code = "\n".join(plan.code)
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            signal.alarm(PATIENCE)
            live = ctypes.cast(obj.address, ctypes.py_object).value
            is_tracked, name = gc.is_tracked(live), type(live).__name__
            held = [id(referent) for referent in gc.get_referents(live)]
            try:
                watch = weakref.ref(live)
            except TypeError:
                watch = None
            del live
            names = namespace()
            # A collection empties the free lists as well, where freed tuples and dicts may wait.
            gc.collect()
            before, _ = tracemalloc.get_traced_memory()
            exec(compile(code, "<to free this>", "exec"), names)
            is_gone = watch is None or watch() is None
            if watch is None and is_tracked:
                # Its place may have been given to another of its type, which holds something else.
                is_gone = not any(
                    id(other) == obj.address
                    and type(other).__name__ == name
                    and [id(referent) for referent in gc.get_referents(other)] == held
                    for other in gc.get_objects()
                )
            gc.collect()
            after, _ = tracemalloc.get_traced_memory()
            # The engine's threads are not in this copy: what nobody here can say the parent looks up.
            is_known = is_tracked or watch is not None
            if not is_known:
                heapview.heapdump(path, previews="none")
            os.write(writer, RESULT.pack(before - after, is_known, is_gone))
            status = 0
        except BaseException as error:
            os.write(2, f"{type(error).__name__}: {error}\n".encode())
        finally:
            os._exit(status)
    os.close(writer)
    answer = os.read(reader, RESULT.size)
    os.close(reader)
    _, status = os.waitpid(child, 0)
    if status or len(answer) < RESULT.size:
        return None
    freed, is_known, gone = RESULT.unpack(answer)
    return freed, gone if is_known else not is_in(path, obj.address, obj.type_name)


def wrong_expressions(obj):
    """Return the printed paths that claim to be Python and are not this object, and how many were tried."""
    live = {name: module for name, module in sys.modules.items() if "." not in name}
    names = {**live, **namespace()}
    wrong, n_tried = [], 0
    paths = [path for path in [obj.path_to_root(), *obj.paths(limit=5)] if path]
    names_of_it = {(path.text, path.is_expression) for path in paths}
    names_of_it.update(alias for path in paths for alias in path.aliases)
    for text in sorted(text for text, is_expression in names_of_it if is_expression):
        n_tried += 1
        try:
            found = id(eval(text, dict(names)))
        except Exception as error:
            wrong.append([text, repr(error)])
            continue
        if found != obj.address:
            wrong.append([text, "another object"])
    return wrong, n_tried


def is_own(obj):
    """Say whether the object is data of the program: reached by one of its names, and no code."""
    found = obj.path_to_root()
    top = re.match(r"\w+", found.text)
    value = namespace().get(top[0]) if top else None
    is_code = value is None or callable(value) or isinstance(value, types.ModuleType)
    return found.is_expression and not is_code


def main(path, program, n_objects):
    """Run, dump, ask, try."""
    started = time.monotonic()
    with open(program) as file:
        code = compile(file.read(), program, "exec")
    exec(code, namespace())
    gc.collect()
    gc.collect()
    gc.disable()
    heapview.heapdump(path)
    snapshot = heapview.load(path, index=False)
    large = [
        obj
        for obj in snapshot.top(limit=snapshot.n_objects)
        # Buffers are no Python objects: what holds them is asked about.
        if obj.is_reachable and obj.retained_size >= 1000 and not obj.type_name.endswith(" data")
    ]
    own, others = [], []
    random.Random(2026).shuffle(large)
    for obj in large:
        (own if is_own(obj) else others).append(obj)
    answer = {"tried": [], "failed": [], "without_code": 0, "wrong_paths": [], "n_paths": 0}
    for obj in own[: n_objects * 5] + others[:n_objects]:
        if len(answer["tried"]) >= n_objects or time.monotonic() - started > MAX_SECONDS:
            break
        wrong, n_tried = wrong_expressions(obj)
        answer["wrong_paths"] += wrong
        answer["n_paths"] += n_tried
        plan = obj.how_to_free()
        if not plan.is_complete:
            answer["without_code"] += 1
            continue
        came = in_copy(plan, obj, path)
        row = {"object": repr(obj), "code": plan.code, "predicted": plan.freed_size, "is_own": is_own(obj)}
        if came is None:
            answer["failed"].append(row)
            continue
        row["freed"], row["is_gone"] = came
        answer["tried"].append(row)
    print(json.dumps(answer))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
