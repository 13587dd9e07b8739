"""Adapters are asked before the walk: memory behind library calls counts with the objects that own it."""

import sys
import threading
import time

import heapview
import pytest
from conftest import object_at
from heapview import _registry

SIZE = 1_000_000
# Far from anything mapped on the machines that run this.
NOWHERE = 0x1230_0000_0000


class Owner:
    def __init__(self, *keys, size=SIZE):
        self.keys, self.size = keys, size


class Heir(Owner):
    pass


@pytest.fixture
def register():
    before = dict(_registry._ADAPTERS)

    def register_here(buffers=None, references=None, name=f"{__name__}.Owner"):
        heapview.register_adapter(name, buffers=buffers, references=references)

    yield register_here
    _registry._ADAPTERS.clear()
    _registry._ADAPTERS.update(before)


def sized(owner):
    return [(key, owner.size) for key in owner.keys]


def data(snapshot, obj):
    return [found for label, found in object_at(snapshot, obj).referents() if label == "data"]


def described(snapshot, obj):
    return sorted((found.type_name, found.shallow_size) for found in data(snapshot, obj))


def test_memory_counts_with_its_owner_and_its_heirs(dump, register):
    register(sized)
    owners = [Owner(NOWHERE), Heir(NOWHERE + SIZE), Owner()]
    snapshot = dump()
    for owner in owners[:2]:
        assert described(snapshot, owner) == [("test_adapters data", SIZE)]
        assert SIZE < object_at(snapshot, owner).retained_size < SIZE + 2000
    assert described(snapshot, owners[2]) == []
    assert snapshot.meta["warnings"] == []


def test_shared_memory_counts_once(dump, register):
    register(lambda owner: [(key, owner.size, "shared pages") for key in owner.keys])
    holder = [Owner(NOWHERE), Owner(NOWHERE, size=SIZE // 2)]
    snapshot = dump()
    assert SIZE < object_at(snapshot, holder).retained_size < SIZE + 4000
    assert object_at(snapshot, holder[0]).retained_size < SIZE
    assert described(snapshot, holder[1]) == [("shared pages", SIZE)]


def test_any_number_will_do_as_a_key(dump, register):
    register(sized)
    innocent = ["not a buffer"]
    keys = [0, 1, 7, 8, 2**63, id(innocent), id(innocent) + 1, NOWHERE + 1, NOWHERE + 2]
    owner = Owner(*keys, size=100)
    snapshot = dump()
    found = data(snapshot, owner)
    assert len({buffer.address for buffer in found}) == len(keys)
    assert {buffer.shallow_size for buffer in found} == {100}
    assert object_at(snapshot, innocent).type_name == "list"


def test_an_adapter_that_raises_gives_a_warning(dump, register):
    def buffers(owner):
        yield NOWHERE, owner.size
        raise RuntimeError("no idea")

    register(buffers)
    register(sized, name=f"{__name__}.Heir")
    broken, heir = [Owner(), Owner()], Heir(NOWHERE)
    snapshot = dump()
    (warning,) = snapshot.meta["warnings"]
    assert "test_adapters.Owner failed for 2 objects" in warning
    assert "RuntimeError: no idea" in warning
    assert described(snapshot, broken[0]) == []
    assert described(snapshot, heir) == [("test_adapters data", SIZE)]


@pytest.mark.parametrize("answer", [None, 5, [5], [(1,)], [("key", 1)], [(1, -1)], [(1, 2, 3)]])
def test_an_answer_of_the_wrong_shape_gives_a_warning(dump, register, answer):
    register(lambda owner: answer)
    owner = Owner()
    snapshot = dump()
    assert len(snapshot.meta["warnings"]) == 1
    assert described(snapshot, owner) == []


def test_absurd_sizes_are_left_out(dump, register):
    register(lambda owner: [(8, 0), (16, 2**47), (24, 2**64 - 1)])
    owner = Owner()
    assert described(dump(), owner) == []


def test_ctrl_c_ends_the_dump(tmp_path, register):
    def buffers(owner):
        raise KeyboardInterrupt

    register(buffers)
    owner = Owner()
    with pytest.raises(KeyboardInterrupt):
        heapview.heapdump(tmp_path / "snap.rkyv")
    assert list(tmp_path.iterdir()) == []
    assert owner


def test_hidden_references_have_names(dump, register):
    hidden, text = ["hidden"], "text " * int("100")
    secrets = {}

    def references(owner):
        yield "secret", secrets[id(owner)]
        yield "text", text
        yield "made for the answer", ["nobody holds this"]

    register(references=references)
    owner = Owner()
    secrets[id(owner)] = hidden
    count = sys.getrefcount(hidden)
    snapshot = dump()
    found = {label: obj for label, obj in object_at(snapshot, owner).referents() if label.startswith("<")}
    assert {label: obj.address for label, obj in found.items()} == {
        "<secret>": id(hidden),
        "<text>": id(text),
    }
    # Before 3.14 the argument of getrefcount is a reference too.
    assert found["<secret>"].refcount == count - (sys.version_info < (3, 14))
    assert sys.getrefcount(hidden) == count


def test_counts_are_as_before_and_as_recorded(dump, register):
    register(sized)
    owner = Owner(NOWHERE)
    before = sys.getrefcount(owner)
    snapshot = dump()
    assert sys.getrefcount(owner) == before
    assert object_at(snapshot, owner).refcount == before - (sys.version_info < (3, 14))


def test_nothing_is_imported_and_absent_libraries_are_not_asked(dump, register):
    register(lambda obj: pytest.fail("asked"), name="no_such_module.Owner")
    register(sized)
    owner = Owner(NOWHERE)
    before = set(sys.modules)
    snapshot = dump()
    assert set(sys.modules) == before
    assert described(snapshot, owner)


def test_a_dump_inside_an_adapter(tmp_path, dump, register):
    def buffers(owner):
        heapview.heapdump(tmp_path / "inner.rkyv")
        return sized(owner)

    register(buffers)
    owner, _other = Owner(NOWHERE), Owner(NOWHERE + 1)
    assert described(dump(), owner) == [("test_adapters data", SIZE)]
    assert described(heapview.load(tmp_path / "inner.rkyv"), owner) == []


def test_nothing_stays_behind(tmp_path, register):
    def buffers(owner):
        return sized(owner)

    register(buffers, references=lambda owner: [("keys", owner.keys)])
    owners = [Owner(NOWHERE + number) for number in range(100)]
    content = b"content" * int("10000")
    heapview.heapdump(tmp_path / "snap.rkyv")
    counts = [sys.getrefcount(obj) for obj in (buffers, content, *owners)]
    blocks = sys.getallocatedblocks()
    for _ in range(3):
        heapview.heapdump(tmp_path / "snap.rkyv")
    assert abs(sys.getallocatedblocks() - blocks) < 50
    assert [sys.getrefcount(obj) for obj in (buffers, content, *owners)] == counts


def test_dumps_while_threads_make_and_drop_owners(tmp_path, register):
    def buffers(owner):
        time.sleep(0)
        # Made by another thread, and not yet filled.
        yield from sized(owner) if hasattr(owner, "size") else ()

    register(buffers, references=lambda owner: [("dict", vars(owner))])
    stop = threading.Event()

    def work():
        kept = []
        while not stop.is_set():
            kept = [Owner(NOWHERE + number) for number in range(5)]
        assert kept is not None

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(4):
            assert heapview.heapdump(tmp_path / "snap.rkyv").warnings == []
            heapview.load(tmp_path / "snap.rkyv")
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def test_arguments_are_checked():
    with pytest.raises(ValueError, match=r"expected 'package\.module\.Type'"):
        heapview.register_adapter("Type", buffers=list)
    with pytest.raises(ValueError, match="not a builtin"):
        heapview.register_adapter("builtins.list", buffers=list)
    with pytest.raises(ValueError, match="found neither"):
        heapview.register_adapter("a.Type")
    with pytest.raises(TypeError, match="expected a callable"):
        heapview.register_adapter("a.Type", buffers=5)


def test_arrow_buffers(dump):
    pa = pytest.importorskip("pyarrow")
    import numpy as np

    table = pa.table({"numbers": np.arange(100_000), "texts": ["x" * 20] * 50_000 + [None] * 50_000})
    views = [table.slice(5, 10), table.column("numbers"), table.to_batches()[0]]
    encoded = pa.array(["a", "b"] * 1000).dictionary_encode()
    array = np.ones(100_000)
    borrowed = pa.array(array[10:])
    content = b"content" * int("10000")
    wrapped = pa.py_buffer(content)
    before = set(sys.modules)
    snapshot = dump()
    assert set(sys.modules) == before
    assert snapshot.meta["warnings"] == []
    # All that Arrow has allocated and nothing twice; the numbers are numpy's.
    sizes = {buffer.address: buffer.shallow_size for buffer in data(snapshot, table)}
    assert table.nbytes <= sum(sizes.values()) <= table.get_total_buffer_size() + 64
    for view in views:
        assert {buffer.address for buffer in data(snapshot, view)} <= set(sizes)
    assert len(data(snapshot, encoded)) == 3
    assert described(snapshot, borrowed) == described(snapshot, array) == [("numpy data", array.nbytes)]
    assert [buffer.address for buffer in data(snapshot, wrapped)] == [id(content)]
    holder = [pa.array(np.arange(10_000) + 0.5)]
    assert object_at(dump(), holder).retained_size > 80_000


def test_arrow_objects_without_content_are_not_asked(dump):
    pa = pytest.importorskip("pyarrow")
    types_ = [pa.Table, pa.ChunkedArray, pa.RecordBatch, pa.Int64Array, pa.Buffer, pa.DictionaryArray]
    # Asking any of these for anything ends the process.
    hollow = [cls.__new__(cls) for cls in types_]
    small = [
        pa.chunked_array([], pa.int8()),
        pa.array([], pa.null()),
        pa.py_buffer(b"x"),
        pa.allocate_buffer(0),
    ]
    snapshot = dump()
    assert [described(snapshot, obj) for obj in hollow] == [[]] * len(hollow)
    assert len(data(snapshot, small[2])) == 1
    assert snapshot.meta["warnings"] == []


def test_polars_frames(dump):
    pl = pytest.importorskip("polars")
    frame, series = pl.DataFrame({"a": range(100_000)}), pl.Series([1.5] * 50_000)
    before = set(sys.modules)
    snapshot = dump()
    assert set(sys.modules) == before
    assert described(snapshot, frame) == [("polars data", frame.estimated_size())]
    assert described(snapshot, series) == [("polars data", 400_000)]
    assert object_at(snapshot, frame).retained_size > 800_000


def test_pixels_of_images(dump, tmp_path):
    image_module = pytest.importorskip("PIL.Image")
    colour, grey = image_module.new("RGB", (500, 400)), image_module.new("L", (500, 400))
    grey.save(tmp_path / "grey.png")
    with image_module.open(tmp_path / "grey.png") as unread:
        snapshot = dump()
        assert described(snapshot, unread) == []
    assert described(snapshot, colour) == [("PIL pixels", 800_000)]
    assert described(snapshot, grey) == [("PIL pixels", 200_000)]
    assert object_at(snapshot, colour).retained_size > 800_000
    assert snapshot.meta["warnings"] == []
