"""DataFrames: named on the way to their data, with their shape."""

import contextlib
import ctypes
import importlib
import subprocess
import sys

import numpy
import pytest
from conftest import object_at

KEPT = {}


@pytest.fixture(scope="module")
def frame():
    # Not before: all other tests would have to walk pandas.
    import pandas

    columns = {"a": numpy.arange(1000), "b": numpy.ones(1000), "c": pandas.Categorical(["u", "v"] * 500)}
    KEPT["frame"] = pandas.DataFrame(columns)
    yield KEPT["frame"]
    KEPT.clear()


def test_frames_and_series_show_their_shape(dump, frame):
    series = frame["a"]
    snapshot = dump()
    assert object_at(snapshot, frame).preview == "(1000, 3)"
    assert object_at(snapshot, series).preview == "(1000,)"


OWN = """
import sys
import heapview, pandas
frame = pandas.DataFrame({"a": range(1000), "b": 1.0, "c": "x", "d": pandas.Categorical(["u", "v"] * 500)})
frame["e"] = pandas.date_range("2020-01-01", periods=1000, tz="UTC")
series = frame["a"].copy()
heapview.heapdump(sys.argv[1])
snapshot = heapview.load(sys.argv[1])
for name in ("frame", "series"):
    for place, block in enumerate(globals()[name]._mgr.blocks):
        path = snapshot.find(hex(id(block.values)))[0].path_to_root()
        assert path.text == f"{name}._mgr.blocks[{place}].values", path
        assert path.is_expression and eval(path.text) is block.values, path
assert [obj.address for obj in snapshot.find("frame._mgr.axes[0]")] == [id(frame._mgr.axes[0])]
"""


def test_the_way_to_a_frames_data_is_python(tmp_path):
    line = [sys.executable, "-c", OWN, str(tmp_path / "snap.rkyv")]
    done = subprocess.run(line, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr


def test_what_cython_calls_alike_is_not_named_alike(dump):
    import pandas._libs.internals as compiled

    generator = compiled.get_blkno_placements(numpy.array([0, 0, 1], dtype=numpy.intp), True)
    next(generator)
    assert type(generator).__module__.startswith("_cython_")
    snapshot = dump()
    labels = {label: held for label, held in object_at(snapshot, generator).referents()}
    assert "__pyx_scope_struct" in labels["<closure>"].type_name
    # A name that a getter has gives what the getter gives.
    for label, held in labels.items():
        if label.startswith("."):
            assert id(getattr(generator, label[1:])) == held.address, label


def test_fields_of_cython_functions_are_what_their_attributes_give(dump):
    attributes = {
        "func_name": "__name__",
        "func_qualname": "__qualname__",
        "func_doc": "__doc__",
        "func_globals": "__globals__",
        "func_code": "__code__",
        "func_annotations": "__annotations__",
        "defaults_tuple": "__defaults__",
        "defaults_kwdict": "__kwdefaults__",
    }
    # Each extension has Cython types of its own; those of frozenlist have a `__dict__`, others have none.
    for module in ("pandas", "frozenlist"):
        with contextlib.suppress(ImportError):
            importlib.import_module(module)
    snapshot = dump()
    n_named = 0
    for function in snapshot.query("type:cython_function_or_method or type:fused_cython_function"):
        live = ctypes.cast(function.address, ctypes.py_object).value
        for label, held in function.referents():
            if label.strip("<>") in attributes:
                n_named += 1
                assert id(getattr(live, attributes[label.strip("<>")])) == held.address, (live, label)
    assert n_named >= 100


def test_a_frame_retains_its_data(dump, frame):
    large = type(frame)({"x": numpy.zeros(100_000)})
    assert object_at(dump(), large).retained_size >= 800_000


def test_a_class_of_the_same_name_has_no_shape(dump):
    fake = type("DataFrame", (), {"__module__": "pandas"})()
    fake._mgr = type("pandas._libs.internals.BlockManager", (), {"blocks": (1, 2)})()
    assert object_at(dump(), fake).preview is None
