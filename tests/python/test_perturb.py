"""A dump changes nothing in the process and runs none of its code."""

import collections
import gc
import sys

import heapview
import pytest

CALLS = []


def tell(name):
    """Make a method that tells when it is called."""

    def method(self, *arguments):
        CALLS.append(name)
        return getattr(object, name)(self, *arguments)

    return method


class Meta(type):
    def __getattribute__(cls, name):
        CALLS.append(f"Meta.{name}")
        return super().__getattribute__(name)

    def __instancecheck__(cls, instance):
        CALLS.append("Meta.__instancecheck__")
        return False


class Watching(metaclass=Meta):
    __repr__ = tell("__repr__")
    __str__ = tell("__str__")
    __hash__ = tell("__hash__")
    __eq__ = tell("__eq__")
    __sizeof__ = tell("__sizeof__")
    __getattribute__ = tell("__getattribute__")
    __dir__ = tell("__dir__")

    @property
    def __class__(self):
        CALLS.append("__class__")
        return int

    @property
    def value(self):
        CALLS.append("value")
        return 0

    def __del__(self):
        CALLS.append("__del__")


class WatchingDict(dict):
    def __iter__(self):
        CALLS.append("__iter__")
        return super().__iter__()

    def __getitem__(self, key):
        CALLS.append("__getitem__")
        return super().__getitem__(key)

    def __len__(self):
        CALLS.append("__len__")
        return super().__len__()


class Bare:
    def __init__(self):
        self.attribute = 1


def census():
    return collections.Counter(type(obj).__name__ for obj in gc.get_objects())


def test_no_code_of_the_process_runs(tmp_path):
    held = [Watching(), {Watching(): 1}, WatchingDict(a=1)]
    audited = []
    is_dumping = True
    sys.addaudithook(lambda event, arguments: audited.append(event) if is_dumping else None)
    CALLS.clear()
    heapview.heapdump(str(tmp_path / "snap.rkyv"))
    is_dumping = False
    assert CALLS == []
    assert audited == []
    assert held


def test_nothing_is_imported(tmp_path):
    before = set(sys.modules)
    heapview.heapdump(tmp_path / "snap.rkyv")
    assert set(sys.modules) == before


def test_the_heap_is_as_before(tmp_path):
    path = tmp_path / "snap.rkyv"
    result = heapview.heapdump(path)
    gc.collect()
    gc.disable()
    try:
        census_before = census()
        census_before = census()
        blocks_before = sys.getallocatedblocks()
        result = heapview.heapdump(path)
        blocks_after = sys.getallocatedblocks()
        census_after = census()
    finally:
        gc.enable()
    # The result replaces the one before; reading the counter itself may keep an int, and so may asking
    # adapters, whose libraries may be loaded.
    assert abs(blocks_after - blocks_before) <= 4
    census_after.subtract(census_before)
    assert {name: n for name, n in census_after.items() if n and name != "Counter"} == {}
    assert result.n_objects > 0


@pytest.mark.skipif(sys.version_info < (3, 11), reason="before 3.11 every instance has a dict")
def test_no_dict_is_made(tmp_path):
    bare = [Bare() for _ in range(100)]
    heapview.heapdump(tmp_path / "snap.rkyv")
    assert not any(type(referent) is dict for obj in bare for referent in gc.get_referents(obj))


def test_reference_counts_are_as_before(tmp_path):
    objects = [obj for obj in gc.get_objects() if type(obj).__name__ != "frame"]
    path = str(tmp_path / "snap.rkyv")
    heapview.heapdump(path)
    before = [sys.getrefcount(obj) for obj in objects]
    heapview.heapdump(path)
    after = [sys.getrefcount(obj) for obj in objects]
    changed = [type(obj).__name__ for obj, one, other in zip(objects, before, after) if one != other]
    # The result's own type loses and gains an instance; builtins count differently as locals come and go.
    assert len(changed) <= 5, changed
