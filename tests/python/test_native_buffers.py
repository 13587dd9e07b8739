"""Memory outside its object that the walk reads raw: mmap, ctypes, memoryviews, records with objects."""

import ctypes
import mmap
import pickle
import sys

import numpy as np
from conftest import object_at

SIZE = 1_000_000


def buffers(snapshot, obj):
    return [
        (found.type_name, found.shallow_size)
        for label, found in object_at(snapshot, obj).referents()
        if label == "data"
    ]


def test_a_mapping_retains_its_pages_until_it_is_closed(dump):
    mapping, closed = mmap.mmap(-1, SIZE), mmap.mmap(-1, SIZE)
    closed.close()
    snapshot = dump()
    assert buffers(snapshot, mapping) == [("mmap", SIZE)]
    assert SIZE < object_at(snapshot, mapping).retained_size < SIZE + 1000
    assert buffers(snapshot, closed) == []


def test_ctypes_memory_belongs_to_its_owner(dump):
    class Record(ctypes.Structure):
        _fields_ = (("values", ctypes.c_int * 1000), ("next", ctypes.c_void_p))

    record, small = Record(), ctypes.c_int(5)
    view = record.values
    text = ctypes.c_char_p(b"kept" * 10)
    snapshot = dump()
    assert buffers(snapshot, record) == [("ctypes memory", ctypes.sizeof(Record))]
    assert buffers(snapshot, view) == []
    assert buffers(snapshot, small) == []
    assert ("._b_base_", id(record)) in [
        (label, found.address) for label, found in object_at(snapshot, view).referents()
    ]
    assert "._objects" in [label for label, _ in object_at(snapshot, text).referents()]


def test_a_memoryview_leads_to_what_it_shows(dump):
    exporter = bytearray(SIZE)
    first, second = memoryview(exporter)[10:], pickle.PickleBuffer(exporter)
    snapshot = dump()
    ((_, managed),) = [
        (label, found) for label, found in object_at(snapshot, first).referents() if "managed buffer" in label
    ]
    assert ("<obj>", id(exporter)) in [(label, found.address) for label, found in managed.referents()]
    assert ("<obj>", id(exporter)) in [
        (label, found.address) for label, found in object_at(snapshot, second).referents()
    ]


def test_classes_that_bear_the_names_of_others(dump):
    slots = [f"slot_{number}" for number in range(12)]
    namesakes = [
        type(name, (), {"__slots__": slots})() for name in ("numpy.ndarray", "mmap.mmap", "_ctypes._CData")
    ]
    for namesake in namesakes:
        for slot in slots:
            setattr(namesake, slot, [slot])
    snapshot = dump()
    for namesake in namesakes:
        assert buffers(snapshot, namesake) == []
        assert len(object_at(snapshot, namesake).referents()) == len(slots) + 1
    assert snapshot.meta["warnings"] == []


def test_a_class_that_bears_the_names_of_an_extension_s_type(dump):
    namesake = type("mmap.mmap", (), {"__qualname__": "mmap"})()
    snapshot = dump()
    assert buffers(snapshot, namesake) == []
    assert snapshot.meta["warnings"] == []


def test_bytearray_and_array_count_with_their_memory(dump):
    import array

    objects = [bytearray(SIZE), array.array("d", bytes(SIZE)), array.array("b")]
    snapshot = dump()
    for obj in objects:
        assert object_at(snapshot, obj).shallow_size == sys.getsizeof(obj)


def test_objects_inside_records(dump):
    inner = np.dtype([("number", "i4"), ("objects", object, (3,))])
    dtype = np.dtype([(("title", "first"), object), ("plain", "f8"), ("inner", inner)])
    array = np.zeros(5, dtype=dtype)
    elements = [["element", number] for number in range(10)]
    array["first"] = elements[:5]
    array["inner"]["objects"][3] = elements[5:8]
    plain = np.zeros(5, dtype=[("a", "i4"), ("b", "f8")])
    snapshot = dump()
    found = [(label, obj.address) for label, obj in object_at(snapshot, array).referents()]
    for position, element in enumerate(elements[:5]):
        assert (f"[{position}]", id(element)) in found
    assert [label for label, address in found if address in map(id, elements[5:8])] == ["[3]"] * 3
    assert len([label for label, _ in found if label.startswith("[")]) <= 20
    assert not any(label.startswith("[") for label, _ in object_at(snapshot, plain).referents())
    labels = {label: obj.address for label, obj in object_at(snapshot, dtype).referents()}
    assert labels[".names"] == id(dtype.names)
    assert "<fields>" in labels
    # numpy itself says None for the fields of a dtype without.
    assert {label for label, _ in object_at(snapshot, np.dtype("f8")).referents()} <= {".type", "<fields>"}
