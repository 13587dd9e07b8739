"""What of a process lines that free memory must leave as it was, and what has changed of it."""

from __future__ import annotations

import ast
import gc
import logging
import re
import sys
import types
from typing import Any
from weakref import ref

# What IPython binds anew with each cell.
CELL_NAMES = re.compile(r"_{1,3}|_i{1,3}|_i?\d+")
# The interpreter itself sets and forgets them.
TRANSIENT = {("sys", name) for name in ("last_type", "last_value", "last_traceback", "last_exc")}

Names = dict[str, tuple[int, str]]


def names_of(namespace: Any) -> Names:
    """Return for each name the type of what it stands for; nothing in it keeps a value alive."""
    return {
        name: (id(type(value)), type(value).__qualname__)
        for name, value in list(namespace.items())
        if isinstance(name, str)
    }


def modules() -> dict[str, Names]:
    """Return the names of each module."""
    found = {}
    for name, module in list(sys.modules.items()):
        if isinstance(module, types.ModuleType) and not name.startswith("harmless_"):
            # A lazy module would be imported by an ordinary lookup.
            found[name] = names_of(object.__getattribute__(module, "__dict__"))
    return found


def classes() -> dict[int, tuple[ref[type], str, Names]]:
    """Return the attributes of each class."""
    found: dict[int, tuple[ref[type], str, Names]] = {}
    waiting: list[type] = [object]
    while waiting:
        cls = waiting.pop()
        if id(cls) in found:
            continue
        found[id(cls)] = (ref(cls), f"{cls.__module__}.{cls.__qualname__}", names_of(cls.__dict__))
        waiting += type.__subclasses__(cls)
    return found


def loggers() -> dict[str, Any]:
    """Return handlers and switches of each logger."""
    named = logging.root.manager.loggerDict
    found = {name: logger for name, logger in named.items() if isinstance(logger, logging.Logger)}
    return {
        name: (logger.level, logger.disabled, logger.propagate, [id(one) for one in logger.handlers])
        for name, logger in [("root", logging.root), *found.items()]
    }


def hook(function: Any) -> tuple[str, int]:
    """Return what a hook is; bound methods are made anew, what they are bound to is not."""
    return type(function).__name__, id(getattr(function, "__self__", function))


class State:
    """The names of modules and classes, the streams, the loggers and the collector at one moment."""

    def __init__(self) -> None:
        self.modules = modules()
        self.classes = classes()
        self.loggers = loggers()
        streams = [getattr(sys, name) for name in ("stdin", "stdout", "stderr")]
        self.settings = {
            "streams": [(id(stream), getattr(stream, "closed", None)) for stream in streams],
            "hooks": [hook(sys.excepthook), hook(sys.displayhook)],
            "path": list(sys.path),
            "gc.enabled": gc.isenabled(),
            "gc.debug": gc.get_debug(),
            "gc.frozen": gc.get_freeze_count(),
            "gc.threshold": gc.get_threshold(),
            "gc.callbacks": len(gc.callbacks),
        }


def deleted_names(lines: list[str]) -> set[str]:
    """Return the names that `del` statements among the lines name."""
    statements = ast.walk(ast.parse("\n".join(lines)))
    targets = [target for one in statements if isinstance(one, ast.Delete) for target in one.targets]
    return {target.id for target in targets if isinstance(target, ast.Name)}


def lost(before: Names, after: Names) -> list[str]:
    """Say of each name that is gone, or stands for None or for something of another type."""
    found = []
    for name, (type_id, type_name) in before.items():
        if name not in after:
            found.append(f"{name} ({type_name}) is gone")
        elif type_name != "NoneType" and after[name] != (type_id, type_name):
            found.append(f"{name} was {type_name} and is {after[name][1]}")
    return found


def damage(before: State, after: State, lines: list[str], may_change: list[str]) -> list[str]:
    """Say what has changed that must not; `may_change` names settings that are what leaks."""
    found = []
    allowed = deleted_names(lines)
    for module, names in before.modules.items():
        if module not in after.modules:
            found.append(f"module {module} is gone")
            continue
        if names == after.modules[module]:
            continue
        for name in sorted(names):
            is_transient = (module, name) in TRANSIENT or (
                module == "__main__" and CELL_NAMES.fullmatch(name)
            )
            is_named = module == "__main__" and name in allowed and name not in after.modules[module]
            if is_transient or is_named:
                continue
            said = lost({name: names[name]}, after.modules[module])
            found += [f"module {module}: {one}" for one in said]
    for address, (watch, name, names) in before.classes.items():
        # A class that was leaked goes.
        if watch() is not None and address in after.classes and names != after.classes[address][2]:
            found += [f"class {name}: {one}" for one in lost(names, after.classes[address][2])]
    for name, value in before.loggers.items():
        if after.loggers.get(name) != value:
            found.append(f"logger {name} was {value} and is {after.loggers.get(name)}")
    for name, value in before.settings.items():
        if name not in may_change and after.settings[name] != value:
            found.append(f"{name} was {value} and is {after.settings[name]}")
    return found
