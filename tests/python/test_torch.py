"""What tensors hold: storages shared by views, gradients, and the Python objects that torch makes for both.

`make test-torch` runs these; torch is too large for every run.
"""

import gc
import weakref

import pytest
from conftest import object_at

torch = pytest.importorskip("torch", reason="torch is not installed: `make test-torch` runs these")

N_FLOATS = 1_000_000
SIZE = 4 * N_FLOATS


class Derived(torch.Tensor):
    """Its overrides would run if the adapter called methods of the tensor's."""

    n_calls = 0

    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        cls.n_calls += 1
        return super().__torch_function__(function, types, args, kwargs or {})


def storages(snapshot, obj):
    return [data.shallow_size for label, data in object_at(snapshot, obj).referents() if label == "data"]


def test_a_tensor_retains_its_storage(dump):
    tensor = torch.zeros(N_FLOATS)
    for _ in range(2):
        snapshot = dump()
        assert storages(snapshot, tensor) == [SIZE]
        assert SIZE < object_at(snapshot, tensor).retained_size < SIZE + 1000
        assert snapshot.meta["warnings"] == []


def test_views_share_a_storage(dump):
    holder = {"tensor": torch.zeros(N_FLOATS)}
    holder["view"] = holder["tensor"][10:20]
    snapshot = dump()
    assert storages(snapshot, holder["view"]) == storages(snapshot, holder["tensor"]) == [SIZE]
    assert SIZE < object_at(snapshot, holder).retained_size < SIZE + 2000
    for tensor in holder.values():
        assert object_at(snapshot, tensor).retained_size < 1000
    view = holder["view"]
    holder.clear()
    assert SIZE < object_at(dump(), view).retained_size < SIZE + 2000


def test_gradients_are_the_parameters(dump):
    layer = torch.nn.Linear(1000, 1000)
    layer(torch.ones(2, 1000)).sum().backward()
    snapshot = dump()
    assert storages(snapshot, layer.weight) == [SIZE, SIZE]
    assert 2 * SIZE < object_at(snapshot, layer.weight).retained_size < 2 * SIZE + 2000
    paths = object_at(snapshot, layer.weight.grad).paths()
    assert paths
    assert all("['weight'].grad" in path.text for path in paths), paths


def test_memory_shared_with_numpy_counts_once(dump):
    numpy = pytest.importorskip("numpy")
    holder = [numpy.zeros(N_FLOATS, dtype="float32")]
    holder.append(torch.from_numpy(holder[0]))
    assert SIZE < object_at(dump(), holder).retained_size < SIZE + 2000
    holder = [torch.zeros(N_FLOATS).numpy()]
    assert SIZE < object_at(dump(), holder).retained_size < SIZE + 2000


def test_tensors_without_memory_of_their_own(dump):
    meta = torch.empty(1000, 1000, device="meta")
    sparse = torch.eye(3).to_sparse()
    snapshot = dump()
    assert storages(snapshot, meta) == storages(snapshot, sparse) == []
    assert snapshot.meta["warnings"] == []


def test_no_override_runs(dump):
    tensor = torch.zeros(N_FLOATS).as_subclass(Derived)
    tensor.requires_grad = True
    before = Derived.n_calls
    snapshot = dump()
    assert Derived.n_calls == before
    assert SIZE < object_at(snapshot, tensor).retained_size < SIZE + 2000


def test_a_tensor_dies_after_a_dump(dump):
    tensor = torch.zeros(N_FLOATS, requires_grad=True)
    (tensor * 2).sum().backward()
    dump()
    dying = [weakref.ref(tensor), weakref.ref(tensor.grad)]
    del tensor
    gc.collect()
    assert [reference() for reference in dying] == [None, None]
