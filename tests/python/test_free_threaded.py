"""Dumps on free-threaded builds: threads run at the same time, and stand still while the heap is read."""

import sys
import threading
import tracemalloc

import heapview
import pytest
from conftest import FREE_THREADED, object_at

pytestmark = pytest.mark.skipif(not FREE_THREADED, reason="a build with the GIL")


class Node:
    def __init__(self, number, following):
        self.number, self.following = [number], following


CHAIN = [None]
TABLE = {}


@pytest.fixture
def snapshots(tmp_path):
    """Return dumps made while threads replace linked objects, and grow and shrink a dict."""
    stop = threading.Event()

    def relink():
        number = 0
        while not stop.is_set():
            number += 1
            chain = None
            for _ in range(number % 200):
                chain = Node(number, chain)
            CHAIN[0] = chain

    def rekey():
        number = 0
        while not stop.is_set():
            number += 1
            TABLE[number] = TABLE[str(number)] = [number, {number}]
            if len(TABLE) > 5000:
                TABLE.clear()

    threads = [threading.Thread(target=work, daemon=True) for work in (relink, rekey) * 3]
    for thread in threads:
        thread.start()
    paths = [tmp_path / f"{number}.rkyv" for number in range(10)]
    for path in paths:
        heapview.heapdump(path)
    stop.set()
    for thread in threads:
        thread.join()
    TABLE.clear()
    return [heapview.load(path) for path in paths]


def test_importing_it_leaves_the_gil_off():
    assert sys._is_gil_enabled() is False


def test_every_reference_leads_to_an_object(snapshots):
    for snapshot in snapshots[::4]:
        known = set(snapshot._addresses())
        for address in known:
            for kind, label, target in snapshot._edges(address):
                assert kind == "Weak" or target in known, (hex(address), kind, label)


def test_a_dump_shows_one_moment(snapshots):
    # A node knows its chain's number: within one chain there is one, whatever the other threads do.
    for snapshot in snapshots:
        (held,) = [target for _, label, target in snapshot._edges(id(CHAIN)) if label == "0"]
        numbers = set()
        while type_name(snapshot, held).endswith("Node"):
            following = dict(attributes(snapshot, held))
            numbers.add(preview(snapshot, following["number"]))
            held = following["following"]
        assert len(numbers) <= 1


def type_name(snapshot, address):
    return snapshot.find(hex(address))[0].type_name


def attributes(snapshot, address):
    return [(label, target) for kind, label, target in snapshot._edges(address) if kind == "Attribute"]


def preview(snapshot, address):
    (item,) = [target for kind, _, target in snapshot._edges(address) if kind == "Item"]
    return snapshot.find(hex(item))[0].preview


def test_several_threads_may_dump_at_once(tmp_path):
    kept = [["kept"]]
    failures = []

    def dump(number):
        try:
            heapview.heapdump(tmp_path / f"{number}.rkyv", redact=number % 2 == 1)
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=dump, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    for number in range(8):
        assert object_at(heapview.load(tmp_path / f"{number}.rkyv"), kept).type_name == "list"


def test_counts_are_those_of_all_threads(dump):
    shared = []
    held = [[shared] * 10]
    thread = threading.Thread(target=lambda: held.append([shared] * 7))
    thread.start()
    thread.join()
    # By this frame, as a cell that the function shares, and by the lists.
    assert object_at(dump(), shared).refcount == 18


def test_a_child_process_is_refused(tmp_path):
    with pytest.raises(heapview.HeapviewError, match="fork=True does not work on free-threaded builds"):
        heapview.heapdump(tmp_path / "snap.rkyv", fork=True)
    assert list(tmp_path.iterdir()) == []


def test_allocation_sites_are_left_out_with_a_warning(tmp_path):
    tracemalloc.start()
    try:
        result = heapview.heapdump(tmp_path / "snap.rkyv")
    finally:
        tracemalloc.stop()
    assert result.warnings == [
        "other threads go on before tracemalloc could be asked: allocation sites are left out"
    ]
