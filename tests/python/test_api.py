"""The Python library."""

import heapview
import pytest
from conftest import object_at


def test_objects_know_their_facts(dump):
    holder = {"inner": ["x" * int("1000")]}
    snapshot = dump()
    found = object_at(snapshot, holder)
    assert found.address == id(holder)
    assert found.type_name == "dict"
    assert found.retained_size > found.shallow_size + 1000
    assert found.is_reachable
    assert found.id.startswith("@")
    assert snapshot.find(found.id) == [found]
    assert hash(snapshot.find(found.id)[0]) == hash(found)
    assert "dict" in repr(found)
    (inner,) = [obj for label, obj in found.referents() if label == "['inner']"]
    assert inner.dominator == found
    assert (("['inner']", found)) in inner.referrers()


def test_top_and_histogram_and_summary(dump):
    snapshot = dump()
    by_size = snapshot.top(limit=5, by="shallow")
    assert [obj.shallow_size for obj in by_size] == sorted(
        (obj.shallow_size for obj in by_size), reverse=True
    )
    rows = snapshot.histogram()
    assert sum(row["n_objects"] for row in rows) == snapshot.n_objects
    assert len(snapshot.histogram(limit=3)) == 3
    summary = snapshot.summary()
    assert summary["n_objects"] == snapshot.n_objects
    assert {"module", "static type"} <= {roots["kind"] for roots in summary["roots"]}
    assert snapshot.meta["pid"] > 0
    with pytest.raises(ValueError, match="expected by='retained'"):
        snapshot.top(by="weight")


def test_nothing_found_is_an_exception(dump):
    with pytest.raises(heapview.HeapviewError, match="no object of type"):
        dump().find("type:NoSuchType")


def test_a_diff_of_two_snapshots(dump):
    class Grown:
        pass

    before = dump()
    kept = [Grown() for _ in range(321)]
    rows = heapview.diff(before, dump())
    (row,) = [row for row in rows if row["type"].endswith("Grown")]
    assert row["objects_delta"] == len(kept)
