"""Makes an object of every type that gives one for `T.__new__(T)`, and dumps them to the path given.

What such a call gives has not seen `__init__`: fields that its library follows unseen are null in it.
"""

import gc
import importlib
import json
import os
import pkgutil
import select
import signal
import sys
import traceback
import warnings

import heapview

LIBRARIES = ["numpy", "pandas", "pyarrow", "polars", "lxml", "PIL", "mypy.types"]
# Open windows and browsers, print poems, are programs or tests, or bring all of pytest along.
LEFT_OUT = {
    *["antigravity", "idlelib", "lib2to3", "test", "this", "tkinter", "turtle", "turtledemo", "__main__"],
    *["conftest", "distutils", "f2py", "mypy_plugin", "testing", "tests"],
}
# A type whose making takes longer than this many seconds hangs.
PATIENCE = 10
DONE = 2**32 - 1
MADE = []


def import_all(name):
    """Import a module and, if it is a package, all that is in it."""
    try:
        module = importlib.import_module(name)
    except BaseException:  # Of another system, say.
        return
    for inner in pkgutil.iter_modules(getattr(module, "__path__", [])):
        if inner.name not in LEFT_OUT and not inner.name.startswith("test_"):
            import_all(f"{name}.{inner.name}")


def standard_modules():
    """Return the names of the standard library's modules: Python 3.9 does not tell them."""
    folders = [os.path.dirname(os.__file__), os.path.join(os.path.dirname(os.__file__), "lib-dynload")]
    found = {module.name for module in pkgutil.iter_modules(folders)}
    return sorted(found.union(sys.builtin_module_names) - LEFT_OUT)


def every_type():
    """Return `object` and all that derives from it."""
    found, unvisited = {}, [object]
    while unvisited:
        cls = unvisited.pop()
        if id(cls) not in found:
            found[id(cls)] = cls
            unvisited += type.__subclasses__(cls)
    return list(found.values())


def make(cls):
    try:
        return cls.__new__(cls)
    except BaseException:
        return None


def fatal_types(types):
    """Return the positions of the types whose making ends or stops a process, as seen in children."""
    fatal = set()
    start = 0
    while start != DONE:
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
            made = []
            for position in range(start, len(types)):
                if position not in fatal:
                    os.write(writer, position.to_bytes(4, "little"))
                    made.append(make(types[position]))
            os.write(writer, DONE.to_bytes(4, "little"))
            os._exit(0)
        os.close(writer)
        told = b""
        while select.select([reader], [], [], PATIENCE)[0]:
            read = os.read(reader, 1 << 16)
            told += read
            if not read:
                break
        else:
            os.kill(child, signal.SIGKILL)
        os.close(reader)
        os.waitpid(child, 0)
        start = int.from_bytes(told[-4:], "little")
        fatal.add(start)
    return fatal - {DONE}


def module_of(cls):
    try:
        return str(cls.__module__)
    except AttributeError:  # Of a metaclass that keeps it to itself.
        return ""


def main(path):
    gc.disable()  # No object is to be looked at by anybody else.
    warnings.simplefilter("ignore")
    for name in [*standard_modules(), *LIBRARIES]:
        import_all(name)
    types = every_type()
    fatal = fatal_types(types)
    made = [make(cls) for position, cls in enumerate(types) if position not in fatal]
    made = [obj for obj in made if obj is not None]
    MADE.extend(made)  # Some cannot be freed.
    of_libraries = {
        name: sum(module_of(type(obj)).split(".")[0] == name for obj in made) for name in LIBRARIES
    }
    result = heapview.heapdump(path)
    snapshot = heapview.load(path, index=False)
    names = {obj.address: obj.type_name for obj in snapshot.top(limit=snapshot.n_objects)}
    qualified = {id(obj): type(obj).__qualname__ for obj in made}
    answer = {
        "n_types": len(types),
        "n_made": len(made),
        "libraries": {name: n for name, n in of_libraries.items() if name in sys.modules},
        "fatal": [
            f"{module_of(types[position])}.{types[position].__qualname__}" for position in sorted(fatal)
        ],
        "absent": [name for address, name in qualified.items() if address not in names],
        "misnamed": [
            [names[address], name]
            for address, name in qualified.items()
            if address in names and not names[address].endswith(name.rsplit(".", 1)[-1])
        ],
        "warnings": result.warnings,
    }
    print("\n" + json.dumps(answer), flush=True)


if __name__ == "__main__":
    try:
        main(sys.argv[1])
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)
