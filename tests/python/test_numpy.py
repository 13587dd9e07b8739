"""numpy arrays count with their data, views lead to their base, object arrays to their elements."""

import tracemalloc

import numpy as np
from conftest import object_at


def test_an_array_retains_its_data(dump):
    array = np.ones(1_000_000)
    found = object_at(dump(), array)
    assert found.type_name == "numpy.ndarray"
    assert found.preview == "float64 (1000000,)"
    assert abs(found.retained_size - array.nbytes) < array.nbytes / 100


def test_two_views_share_the_data_of_their_base(dump):
    base = np.zeros((1000, 100), dtype=np.int32)
    first, second = base[10:20], base.T
    snapshot = dump()
    for view in (first, second):
        found = object_at(snapshot, view)
        assert (".base", id(base)) in [(label, obj.address) for label, obj in found.referents()]
        assert found.retained_size < 1000
    assert object_at(snapshot, base).retained_size > base.nbytes


def test_a_view_keeps_its_base_alive(dump):
    view = np.zeros(1_000_000)[:10]
    found = object_at(dump(), view)
    assert found.retained_size > 8_000_000


def test_elements_of_object_arrays(dump):
    element = ["element"]
    array = np.array([None, element, "text"], dtype=object)
    referents = {obj.address for _, obj in object_at(dump(), array).referents()}
    assert id(element) in referents


def test_sizes_of_every_dtype(dump):
    arrays = [np.zeros((7, 3), dtype=code) for code in [*"?bBhHiIlLqQefdgFDGMm", "S11", "U5", "V9", "i4,f8"]]
    arrays += [np.zeros(()), np.zeros((0, 5)), np.asfortranarray(np.ones((4, 5)))]
    snapshot = dump()
    for array in arrays:
        data = [obj.shallow_size for label, obj in object_at(snapshot, array).referents() if label == "data"]
        expected = array.nbytes if array.size else None
        assert data == [expected] if expected else len(data) <= 1, (array.dtype, array.shape)


def test_predicted_bytes_are_freed(dump):
    tracemalloc.start()
    try:
        holder = {
            "arrays": [np.ones(250_000) for _ in range(4)],
            "texts": [f"text {n}" * 20 for n in range(5000)],
        }
        predicted = object_at(dump(), holder).retained_size
        before, _ = tracemalloc.get_traced_memory()
        del holder
        freed = before - tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert abs(freed - predicted) < 0.02 * predicted
