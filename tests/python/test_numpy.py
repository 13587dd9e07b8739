"""numpy arrays count with their data, views lead to their base, object arrays to their elements."""

import tracemalloc
from pathlib import Path

import apart
import numpy as np
import pytest
from conftest import object_at

OWN_DTYPE = Path(__file__).parent / "processes" / "own_dtype.c"


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


def test_every_dtype_in_a_process_of_its_own(process):
    answer = process("dtypes")
    assert answer["n_arrays"] > 100
    assert answer["failures"] == []
    assert answer["previews"][0] == "object (3,)"
    (warning,) = answer["warnings"]
    assert "more than 4,096 references or 32 levels" in warning


def test_texts_of_any_length_count_with_their_dtype(process):
    answer = process("dtypes")
    if answer["n_texts"] == 0:
        pytest.skip(f"numpy {answer['numpy']} has no StringDType")
    assert answer["previews"][1] == "StringDType (3,)"


def test_a_dtype_that_an_extension_made(tmp_path):
    if int(np.__version__.split(".")[0]) < 2:
        pytest.skip(f"numpy {np.__version__} lets nobody make such a dtype")
    apart.build(OWN_DTYPE, tmp_path, np.get_include())
    apart.run(
        tmp_path / "folder",
        f"""
sys.path.insert(0, {str(tmp_path)!r})
import own_dtype
plain, opaque = own_dtype.array(False), own_dtype.array(True)
(warning,) = heapview.heapdump(path).warnings
assert warning.startswith("what arrays of own_dtype.Own hold: "), warning
snapshot = heapview.load(path, index=False)
os.unlink(path)
for array in [plain, opaque]:
    found = at(snapshot, array)
    assert found.preview == "Own (3,)"
    assert [thing.shallow_size for label, thing in found.referents() if label == "data"] == [24]
    assert [label for label, _ in at(snapshot, array.dtype).referents()] == [".type"]
os._exit(0)  # There are no references to be dropped.
""",
    )


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
