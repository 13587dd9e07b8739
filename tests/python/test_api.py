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


def test_a_set_can_be_filtered_again(dump):
    class Kept:
        def __init__(self, size):
            self.text = "x" * size

    kept = [Kept(size) for size in range(1000, 3000)]
    found = dump().query("Kept")
    assert len(found) == len(list(found)) == len(kept)
    assert found.shallow_size == sum(obj.shallow_size for obj in found)
    assert found.retained_size >= sum(len(one.text) for one in kept)
    large = found.query("retained>2kB")
    assert 0 < len(large) < len(found)
    assert large[0] in found
    assert found[-1] not in found[:-1]
    assert [obj.id for obj in found[::500]] == [found[at].id for at in range(0, 2000, 500)]
    top = found.largest(2)
    assert len(top) == 2
    assert top[0].retained_size >= top[1].retained_size
    assert len(found.of_type("Kept")) == len(found)
    assert len(found.of_type("dict")) == 0
    assert sum(row["n_objects"] for row in found.patterns()) == len(found)
    assert found.histogram()[0]["n_objects"] == len(found)
    assert {row["name"] for row in found.histogram(by="module")} == {Kept.__module__}
    assert repr(found).startswith("<2,000 objects, ")
    with pytest.raises(IndexError, match="expected an index below 2000"):
        found[2000]


def test_a_set_shows_itself_in_a_notebook(dump):
    kept = type("<b>bold</b>", (), {})()
    html = dump().query('type~"<b>" not type:type')._repr_html_()
    assert "&lt;b&gt;bold&lt;/b&gt;" in html
    assert "<b>" not in html
    assert html.count("<tr>") == 2
    del kept


def test_a_bad_query_says_where(dump):
    snapshot = dump()
    with pytest.raises(heapview.HeapviewError, match=r"(?s)expected a field.*\n  retaned>5\n  \^{7}$"):
        snapshot.query("retaned>5")
    assert "did you mean dict?" in repr(snapshot.query("type:dct"))
    assert len(snapshot.objects) == snapshot.n_objects
