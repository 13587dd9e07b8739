"""Heaps that no ordinary program makes are dumped as any other, and the process goes on."""

import functools
import sys
from pathlib import Path

import apart
import pytest
from conftest import object_at

SOURCE = Path(__file__).parent / "processes" / "lying.c"


@pytest.fixture
def run(tmp_path):
    """Return a function that runs a program in a process of its own."""
    return functools.partial(apart.run, tmp_path / "folder")


@pytest.mark.parametrize(
    "outer",
    [
        "[inner]",
        "(inner,)",
        "{'inner': inner}",
        "Node(inner)",
        "lambda: inner",
        "types.MethodType(print, inner)",
        "functools.partial(print, inner)",
        "iter([inner])",
    ],
)
def test_deep_nesting(run, outer):
    run(f"""
import functools, types
class Node:
    def __init__(self, inner):
        self.inner = inner
def wrap(inner):
    return {outer}
innermost = thing = ["innermost"]
for _ in range(100_000):
    thing = wrap(thing)
snapshot = dump()
assert at(snapshot, thing).retained_size > 3_000_000
innermost = at(snapshot, innermost)
assert innermost.is_reachable
assert innermost.path_to_root().text == "innermost"
(inside,) = [thing for name, thing in innermost.referents()]
assert len(inside.paths()) > 0
print(end="", flush=True)
os._exit(0)  # Some types are freed by recursion.
""")


def test_a_chain_of_a_million_nodes(run):
    run("""
class Node:
    __slots__ = ["next"]
first = last = Node()
for _ in range(1_000_000):
    last.next = Node()
    last = last.next
address = id(last)
del last
snapshot = dump()
(last,) = snapshot.find(hex(address))
assert last.is_reachable
assert last.path_to_root().text.startswith("first.next.next")
assert at(snapshot, first).retained_size > 32_000_000
os._exit(0)
""")


def test_an_object_of_more_than_four_gibibytes(dump):
    # Zeros of which no page is touched: this takes addresses, not memory.
    size = 4608 << 20
    large = bytes(size)
    snapshot = dump()
    found = object_at(snapshot, large)
    assert found.shallow_size == sys.getsizeof(large) == size + sys.getsizeof(b"")
    assert found.preview.startswith("\\x00")
    assert snapshot.top(1, by="shallow") == [found]


def test_an_array_of_more_than_four_gibibytes(dump):
    numpy = pytest.importorskip("numpy")
    large = numpy.zeros(4608 << 20, dtype="u1")
    found = object_at(dump(), large)
    assert found.retained_size >= large.nbytes


def test_types_whose_traversal_lies(run, tmp_path):
    apart.build(SOURCE, tmp_path)
    run(f"""
sys.path.insert(0, {str(tmp_path)!r})
import lying
gc.disable()  # It would believe them.
held, foreign = ["held"], ["foreign"]
liars = {{name: getattr(lying, name)(held, foreign) for name in dir(lying) if name[0].isupper()}}
assert len(liars) == 12
before = sys.getrefcount(held), sys.getrefcount(foreign)
for _ in range(3):
    heapview.heapdump(path)
    snapshot = heapview.load(path, index=False)
    os.unlink(path)
    assert (sys.getrefcount(held), sys.getrefcount(foreign)) == before
for name, liar in liars.items():
    found = at(snapshot, liar)
    assert found.type_name.rsplit(".")[-1] == type(liar).__name__
    named = [thing for _, thing in found.referents()]
    assert (at(snapshot, held) in named) == (name not in ["Null", "Foreign"]), (name, named)
    assert (at(snapshot, foreign) in named) == (name == "Foreign"), (name, named)
    found.paths(), found.referrers()
assert at(snapshot, foreign).path_to_root().text == "foreign"
os._exit(0)  # The interpreter's last collection would believe them, too.
""")


def test_classes_of_mypyc_with_a_trait_for_a_base(run):
    pytest.importorskip("mypy.types")
    run("""
import mypy.types
found = [thing for thing in dump().objects.of_type("HasRecursiveType")]
assert found
print(end="", flush=True)
os._exit(0)
""")


def test_a_metaclass_with_odd_flags(dump):
    numpy = pytest.importorskip("numpy")
    array = numpy.zeros(3, dtype=[("a", "i4"), ("b", object)])
    snapshot = dump()
    for thing in [type(array.dtype), type(numpy.dtype("f8")), type(type(array.dtype)), array.dtype]:
        assert object_at(snapshot, thing).is_reachable


class Raising:
    """Raises from everything that a look at an attribute may call."""

    def __get__(self, instance, owner=None):
        assert not DUMPING

    def __hash__(self):
        assert not DUMPING
        return 1

    def __eq__(self, other):
        assert not DUMPING
        return other is self

    __str__ = __repr__ = __bool__ = __len__ = __iter__ = __set_name__ = lambda self, *arguments: None


DUMPING = False


class Text(str):
    __slots__ = ()
    __hash__ = str.__hash__

    def __eq__(self, other):
        assert not DUMPING
        return str.__eq__(self, other)


def dumped(dump, monkeypatch):
    monkeypatch.setattr(sys.modules[__name__], "DUMPING", True)
    snapshot = dump()
    monkeypatch.setattr(sys.modules[__name__], "DUMPING", False)
    return snapshot


@pytest.mark.parametrize(
    "module",
    [None, 7, b"bytes", Raising(), property(lambda self: 1), Text("odd"), "\ud800", ""],
    ids=["None", "int", "bytes", "descriptor", "property", "subclass of str", "surrogate", "empty"],
)
def test_names_of_classes_and_functions(dump, monkeypatch, module):
    class Named:
        __module__ = module

    def function():
        pass

    Named.__name__ = Text("Named\u00e9")
    Named.__qualname__ = Text("Qualified.Named")
    function.__module__ = module
    function.__qualname__ = Text("function")
    Named.__doc__ = function.__doc__ = Raising()
    named = Named()
    snapshot = dumped(dump, monkeypatch)
    found = object_at(snapshot, named)
    assert found.type_name == ("odd.Qualified.Named" if module == "odd" else "Qualified.Named")
    assert object_at(snapshot, Named).is_reachable
    assert object_at(snapshot, function).preview == "function"


def test_a_metaclass_that_hides_names(dump):
    class Meta(type):
        __module__ = property(lambda cls: 1 / 0)
        __name__ = property(lambda cls: 1 / 0)
        __dict__ = property(lambda cls: 1 / 0)
        __mro__ = property(lambda cls: 1 / 0)

    class Hidden(metaclass=Meta):
        pass

    hidden = Hidden()
    found = object_at(dump(), hidden)
    assert found.type_name.endswith("Hidden")
    found.paths()


def test_keys_that_raise_and_names_of_a_subclass_of_str(dump, monkeypatch):
    class Instance:
        pass

    keys = [Raising(), Text("text"), 1.5, None, ("a", 1), "\ud800", "x" * 1_000_000]
    values = [[index] for index in range(len(keys))]
    odd, instance = dict(zip(keys, values)), Instance()
    instance.__dict__.update(zip(keys, values))
    named = [["by a subclass of str"], ["by a surrogate"]]
    setattr(instance, Text("named"), named[0])
    setattr(instance, "\ud801", named[1])
    vars(sys.modules[__name__])["\ud802"] = vars(sys.modules[__name__])[Text("odd name")] = held = ["held"]
    try:
        snapshot = dumped(dump, monkeypatch)
    finally:
        del vars(sys.modules[__name__])["\ud802"], vars(sys.modules[__name__])["odd name"]
    holders = {object_at(snapshot, odd), object_at(snapshot, instance.__dict__)}
    for value in [*keys, *values]:
        found = object_at(snapshot, value)
        assert holders <= {holder for _, holder in found.referrers()}
        found.paths()
    for value in [*named, held]:
        assert object_at(snapshot, value).paths()


def test_modules_that_are_none(run):
    run(r"""
import threading, types
class Module(types.ModuleType):
    def __getattribute__(self, name):
        raise SystemError
class Text(str):
    def __eq__(self, other): raise SystemError
    __hash__ = str.__hash__
bare, raw, subclass = types.ModuleType("bare"), types.ModuleType.__new__(types.ModuleType), Module("subclass")
del bare.__dict__["__name__"], bare.__dict__["__spec__"]
nameless = types.ModuleType("nameless")
nameless.__dict__.clear()
renamed = types.ModuleType("renamed")
renamed.__name__, renamed.__version__, renamed.__dict__[7] = 7, b"1", 8
odd = {"bare": bare, "raw": raw, "subclass": subclass, "nameless": nameless, "renamed": renamed, "list": [1],
       "integer": 10 ** 50, "surrogate \ud800": bare, "none": None,
       Text("odd"): object(), "long" * 10_000: bare}
sys.modules.update(odd)
sys.modules[7] = sys.modules[None] = ["not a module"]
snapshot = dump()
for module in [bare, raw, subclass, nameless, renamed]:
    assert at(snapshot, module).is_reachable
    at(snapshot, module).paths()
for replacement in [None, 7, [], object(), types.SimpleNamespace(_active=[1]), raw, type]:
    sys.modules["threading"] = replacement
    dump()
sys.modules["threading"] = threading
for replacement in [None, [1], type("Dict", (dict,), {})({1: 2}), {"a": 1, None: 2}, {1: object(), 2: None},
                    {10 ** 30: threading.current_thread(), object(): 1},
                    {threading.get_ident(): types.SimpleNamespace(_name=7)}]:
    active, threading._active = threading._active, replacement
    dump()
    threading._active = active
sys.argv = 7
builtins, sys.modules["builtins"] = sys.modules["builtins"], None
real, sys.modules["sys"] = sys.modules["sys"], "sys"
dump()
real.modules["builtins"], real.modules["sys"] = builtins, real
dump()
sys.modules.clear()
os._exit(0)
""")


def test_frozen_objects_are_seen(run):
    run("""
class Node: pass
frozen, bare = [Node(), ["list"], {"key": [1]}], Node()
frozen[0].attribute = ["attribute"]
gc.freeze()
young = [frozen]
for _ in range(2):
    snapshot = dump()
    for thing in [frozen, *frozen, frozen[0].attribute, frozen[2]["key"], bare, young]:
        assert at(snapshot, thing).is_reachable
    gc.unfreeze()
""")


def test_garbage_and_exit_handlers_are_roots(run):
    run("""
import atexit, io
class Node: pass
gc.set_debug(gc.DEBUG_SAVEALL)
cycle = Node()
cycle.itself = cycle
address = id(cycle)
del cycle
gc.collect()
gc.set_debug(0)
assert any(id(thing) == address for thing in gc.garbage)
def work(argument, keyword): pass
atexit.register(work, ["x"] * 100_000, keyword=["y"] * 100_000)
atexit.register(print, end="")
atexit.unregister(print)
snapshot = dump()
found = snapshot.find(hex(address))[0].path_to_root()
assert found.text == f"gc.garbage[{[id(thing) for thing in gc.garbage].index(address)}]", found
assert "gc.garbage" in [path.root_kind for path in at(snapshot, gc.garbage).paths()]
large = [found for found in snapshot.top(10, by="shallow") if found.shallow_size >= 800_000]
assert len(large) == 2
for found in large:
    kind = found.path_to_root().root_kind
    assert kind == "atexit" or sys.version_info < (3, 10), kind
del work
gc.garbage.clear()
dump()
""")


@pytest.mark.parametrize(
    "name", ["module", "type", "list", "function", "generator", "weakref", "frame", "cell"]
)
def test_classes_with_the_name_of_a_builtin(dump, name):
    plain, slotted = type(name, (), {}), type(name, (), {"__slots__": ["first"]})
    things = [plain(), slotted()]
    for thing in things:
        thing.first = ["first"]
    snapshot = dump()
    for thing in things:
        found = object_at(snapshot, thing)
        assert found.type_name.endswith(name)
        assert object_at(snapshot, thing.first).is_reachable


def test_classes_that_pretend_to_be_those_of_a_library(run):
    pytest.importorskip("numpy")
    run("""
import mmap, numpy
class Element:
    pass
things = []
names = ["numpy.ndarray", "numpy.dtype", "numpy.dtypes.StringDType", "mmap.mmap", "_ctypes._CData",
         "lxml.etree._Document", "pandas._libs.internals.BlockManager", "collections.deque", "array.array",
         "functools._lru_cache_wrapper", "weakref.ReferenceType", "_contextvars.ContextVar", "_struct.Struct"]
for name in names:
    for n_slots in range(16):
        slots = [f"slot_{number}" for number in range(n_slots)]
        cls = type(name, (), {"__slots__": slots})
        cls.__name__, cls.__qualname__, cls.__module__ = name, name.split(".")[-1], name.rsplit(".", 1)[0]
        thing = cls()
        for slot in slots:
            setattr(thing, slot, Element())
        things.append(thing)
array = numpy.zeros(10)
snapshot = dump()
assert [label for label, _ in at(snapshot, array).referents()] == [".dtype", "data"]
for thing in things:
    held = {found.address for label, found in at(snapshot, thing).referents()}
    assert {id(getattr(thing, slot)) for slot in type(thing).__slots__} <= held
    assert held <= {id(type(thing)), *(id(getattr(thing, slot)) for slot in type(thing).__slots__)}
# Arrays are left alone, and said, if something else stands where numpy keeps what it is known by.
(umath,) = [vars(module) for name, module in sys.modules.items() if name.endswith(".core._multiarray_umath")
            or name.endswith("._core._multiarray_umath")]
for name in ["ndarray", "dtype", "_ARRAY_API"]:
    for replacement in [None, 7, type(things[15]), numpy.matrix, umath["_UFUNC_API"]]:
        own, umath[name] = umath[name], replacement
        (warning,) = heapview.heapdump(path).warnings
        assert warning.startswith("memory of numpy: "), warning
        os.unlink(path)
        umath[name] = own
dump()
""")
