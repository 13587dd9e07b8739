"""DataFrames: named on the way to their data, with their shape."""

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


def test_the_way_to_a_frames_data_has_names(dump, frame):
    snapshot = dump()
    data = frame._mgr.blocks[0].values
    texts = [path.text for path in object_at(snapshot, data).paths()]
    assert any("._mgr.<blocks>[0].<values>" in text for text in texts), texts


def test_a_frame_retains_its_data(dump, frame):
    large = type(frame)({"x": numpy.zeros(100_000)})
    assert object_at(dump(), large).retained_size >= 800_000


def test_a_class_of_the_same_name_has_no_shape(dump):
    fake = type("DataFrame", (), {"__module__": "pandas"})()
    fake._mgr = type("pandas._libs.internals.BlockManager", (), {"blocks": (1, 2)})()
    assert object_at(dump(), fake).preview is None
