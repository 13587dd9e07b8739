"""sqlite connections count with what closing them gives back; one in use is not waited for."""

import ctypes
import sqlite3
import threading

import heapview
import pytest
from conftest import FREE_THREADED, object_at

_sqlite3 = pytest.importorskip("_sqlite3")
KIB = 1024
# Each connection may have a store for small pieces; the library does not tell how large it is.
LOOKASIDE = 128 * KIB


class Heir(sqlite3.Connection):
    pass


def memory_used():
    """Return what sqlite says that it has allocated in all, in bytes."""
    function = ctypes.CDLL(_sqlite3.__file__).sqlite3_memory_used
    function.restype = ctypes.c_int64
    return function()


def filled(target, megabytes, factory=sqlite3.Connection, uri=False):
    connection = sqlite3.connect(target, factory=factory, uri=uri, check_same_thread=False)
    connection.execute("create table if not exists blobs (content)")
    rows = ((bytes(KIB),) for _ in range(megabytes * KIB))
    connection.executemany("insert into blobs values (?)", rows)
    connection.commit()
    return connection


def counted(snapshot, connection):
    """Return the bytes that count with a connection."""
    found = [data for label, data in object_at(snapshot, connection).referents() if label == "data"]
    assert {data.type_name for data in found} <= {"sqlite memory"}
    return sum(data.shallow_size for data in found)


def given_back(connection):
    before = memory_used()
    connection.close()
    return before - memory_used()


@pytest.mark.parametrize("factory", [sqlite3.Connection, Heir])
def test_a_connection_counts_with_what_closing_it_gives_back(dump, factory):
    large, small = filled(":memory:", 20, factory), filled(":memory:", 4)
    for number in range(100):
        large.execute(f"create table table_{number} (first, second, third)")
    closed = filled(":memory:", 1)
    closed.close()
    snapshot = dump()
    assert snapshot.meta["warnings"] == []
    assert object_at(snapshot, large).retained_size > 20 * KIB * KIB
    assert counted(snapshot, closed) == 0
    for connection in (large, small):
        size = counted(snapshot, connection)
        truth = given_back(connection)
        assert 0.98 * truth - LOOKASIDE < size <= truth


@pytest.mark.skipif(FREE_THREADED, reason="no fork=True on free-threaded builds")
def test_a_child_counts_what_was_asked_before_it_was_forked(tmp_path):
    connection = filled(":memory:", 8)
    path = tmp_path / "snap.rkyv"
    heapview.heapdump(path, fork=True).wait()
    size = counted(heapview.load(path, index=False), connection)
    truth = given_back(connection)
    assert 0.98 * truth - LOOKASIDE < size <= truth


def test_a_shared_cache_counts_once(dump):
    target = "file:heapview_shared?mode=memory&cache=shared"
    connections = [filled(target, 16, uri=True), filled(target, 0, uri=True), filled(target, 0, uri=True)]
    snapshot = dump()
    assert snapshot.meta["warnings"] == []
    size = sum(counted(snapshot, connection) for connection in connections)
    before = memory_used()
    for connection in connections:
        connection.close()
    truth = before - memory_used()
    assert 0.98 * truth - len(connections) * LOOKASIDE < size <= truth


def test_a_connection_in_use_is_not_waited_for(dump):
    inside, over = threading.Event(), threading.Event()

    def wait():
        inside.set()
        over.wait(60)

    busy, idle = filled(":memory:", 1), filled(":memory:", 1)
    busy.create_function("wait", 0, wait)
    user = threading.Thread(target=lambda: busy.execute("select wait()").fetchall())
    user.start()
    assert inside.wait(60)
    snapshot = dump()
    was_waiting = not over.is_set()
    over.set()
    user.join()
    assert was_waiting
    (warning,) = snapshot.meta["warnings"]
    assert "1 in use by other threads" in warning
    assert counted(snapshot, busy) == counted(snapshot, idle) == 0
    again = dump()
    assert again.meta["warnings"] == []
    assert counted(again, busy) > KIB * KIB
    busy.close(), idle.close()


def test_a_dump_from_inside_a_query(dump):
    connection = filled(":memory:", 1)
    snapshots = []
    connection.create_function("dump", 0, lambda: snapshots.append(dump()))
    connection.execute("select dump() from blobs limit 1").fetchall()
    assert counted(snapshots[0], connection) > KIB * KIB
    assert connection.execute("select count(*) from blobs").fetchone() == (KIB,)
    connection.close()


def test_threads_that_open_use_and_close_meanwhile(dump):
    over = threading.Event()
    kept = filled(":memory:", 1)

    def churn():
        while not over.is_set():
            connection = filled("file:heapview_churn?mode=memory&cache=shared", 0, uri=True)
            connection.create_function("twice", 1, lambda number: number * 2)
            connection.execute("select twice(21)").fetchone()
            connection.close()

    threads = [threading.Thread(target=churn) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        sizes = [counted(dump(), kept) for _ in range(5)]
    finally:
        over.set()
        for thread in threads:
            thread.join()
    assert all(size == 0 or size > KIB * KIB for size in sizes)
    kept.close()


def test_a_class_that_bears_the_name_of_connections(dump):
    namesake = type("sqlite3.Connection", (), {"__slots__": ["first", "second"]})()
    namesake.first = namesake.second = 0xDEAD_BEEF
    snapshot = dump()
    assert counted(snapshot, namesake) == 0
    assert snapshot.meta["warnings"] == []
