"""Compares a live heap with `gc.get_referents` and `sys.getsizeof`, by object; prints the differences."""

import collections
import gc
import json
import sys

import heapview
import IPython  # noqa: F401
import numpy  # noqa: F401
import pandas  # noqa: F401

# What the snapshot has and `gc.get_referents` has not, by kind of reference:
# keys of dicts whose keys are all `str`, types of instances whose traversal leaves them out, numpy's data,
# and weak references.
EXTRA_KINDS = {"DictKey", "Type", "Buffer", "Weak"}
# Fields that traversals leave out: names of descriptors, modules, functions and local variables.
EXTRA_LABELS = {"link", "__name__", "__qualname__", "md_name", "attribute name"}
EXTRA_LABELS |= {"co_localsplusnames", "co_localspluskinds", "co_linetable"}
# The label of a reference whose place in the object is not known.
UNKNOWN_PLACE = str(2**32 - 1)
HAVE_GC = 1 << 14
# Types whose size depends on what was asked of them between the dump and the comparison.
CHANGING = {"frame", "code"}


def is_extra(obj: object, kind: str, label: str) -> bool:
    """Say whether a reference is among the documented extras."""
    if kind in EXTRA_KINDS or label in EXTRA_LABELS:
        return True
    # Code objects, static types and all else that the collector does not know are read field by field.
    if isinstance(obj, type) or not type(obj).__flags__ & HAVE_GC:
        return True
    # A dict that shares its values with an instance (3.13), and members that a C type forgets to traverse.
    return (kind == "DictValue" and type(obj) is dict) or kind in {"Slot", "InstanceDict"}


def is_interned_strings(obj: object) -> bool:
    """Say whether a dict is the interpreter's table of strings, which holds none (seen since 3.14)."""
    return type(obj) is dict and len(obj) > 1000 and all(key is value for key, value in obj.items())


def main(path: str) -> None:
    """Dump, compare, print."""
    gc.collect()
    gc.disable()
    objects = gc.get_objects()
    seen = {id(obj) for obj in objects}
    for obj in objects[:]:
        for referent in gc.get_referents(obj):
            if id(referent) not in seen:
                seen.add(id(referent))
                objects.append(referent)
    referents = [tuple(map(id, gc.get_referents(obj))) for obj in objects]
    own = {id(objects), id(seen), id(referents), id(sys._getframe()), id(globals())}
    heapview.heapdump(path)
    snapshot = heapview.load(path, index=False)

    absent, missing, surplus, sizes = [], collections.Counter(), collections.Counter(), collections.Counter()
    kinds: collections.Counter = collections.Counter()
    unnamed: collections.Counter = collections.Counter()
    n_unlabelled = 0
    caches = {id(obj) for obj in objects if type(obj) is dict}
    shallow = {obj.address: obj.shallow_size for obj in snapshot.top(limit=snapshot.n_objects)}
    for obj, expected in zip(objects, referents):
        if id(obj) in own:
            continue
        edges = snapshot._edges(id(obj))
        if edges is None:
            absent.append(type(obj).__name__)
            continue
        kinds.update(kind for kind, _, _ in edges)
        unnamed.update(type(obj).__name__ for kind, _, _ in edges if kind == "Unnamed")
        n_unlabelled += sum(kind == "Unnamed" and label == UNKNOWN_PLACE for kind, label, _ in edges)
        if type(obj).__name__ == "_lru_cache_wrapper":
            # What an entry's link holds is the link's, and not the wrapper's as the traversal has it.
            links = [target for _, _, target in edges if snapshot._edges(target) and target in caches]
            for link in (link for cache in links for _, _, link in snapshot._edges(cache)):
                held = snapshot._edges(link) or []
                edges += [edge for edge in held if edge[0] == "Type" or edge[1] in {"key", "result"}]
        found = collections.Counter(target for kind, _, target in edges if kind != "Weak")
        lost = collections.Counter(expected) - found
        if is_interned_strings(obj):
            lost.clear()
        if lost and sys.version_info >= (3, 13) and type(obj).__flags__ & (1 << 4):
            # Values that the instance shares with its `__dict__` are listed by the dict.
            shared = collections.Counter(map(id, (getattr(obj, "__dict__", None) or {}).values()))
            lost = lost - shared
        if lost:
            missing[type(obj).__name__] += 1
        extra = found - collections.Counter(expected)
        surplus.update(
            f"{type(obj).__name__} {kind} {label}"
            for kind, label, target in edges
            if target in extra and not is_extra(obj, kind, label) and not isinstance(obj, dict)
        )
        # `sys.getsizeof` leaves out the values that an instance of a class of Python's keeps beside itself.
        keeps_values = sys.version_info >= (3, 11) and type(obj).__flags__ & (1 << 4)
        is_builtin = type(obj).__module__ in {"builtins", "collections"} and not isinstance(obj, type)
        is_builtin = is_builtin and not keeps_values
        if is_builtin and type(obj).__name__ not in CHANGING and shallow[id(obj)] != sys.getsizeof(obj):
            sizes[f"{type(obj).__name__}: {shallow[id(obj)]} for {sys.getsizeof(obj)}"] += 1
    print(
        json.dumps(
            {
                "n_objects": len(objects),
                "absent": absent,
                "missing": missing,
                "surplus": surplus,
                "sizes": sizes,
                "kinds": kinds,
                "unlabelled": n_unlabelled,
                "unnamed": unnamed.most_common(30),
            }
        )
    )


if __name__ == "__main__":
    main(sys.argv[1])
