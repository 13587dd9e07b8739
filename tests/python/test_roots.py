"""What lives has a root; what is garbage has none."""

import gc
import threading

from conftest import object_at

GLOBAL = ["held by a module's global"]


class Node:
    def __init__(self):
        self.itself = self


def test_a_module_global_is_named_by_its_module(dump):
    path = object_at(dump(), GLOBAL).path_to_root()
    assert path.text == "test_roots.GLOBAL"
    assert path.is_expression
    assert path.root_kind == "module"


def test_locals_of_a_frame_and_of_another_thread(dump):
    ready, done = threading.Event(), threading.Event()
    addresses = []

    def work():
        of_thread = ["local of a thread"]
        addresses.append(id(of_thread))
        ready.set()
        done.wait(30)
        assert of_thread

    thread = threading.Thread(target=work, name="the worker")
    thread.start()
    ready.wait(30)
    of_frame = ["local of this frame"]
    snapshot = dump()
    done.set()
    thread.join()
    (found,) = snapshot.find(hex(addresses[0]))
    path = found.path_to_root()
    assert "work() at test_roots.py:" in path.text
    assert "local 'of_thread'" in path.text
    assert "thread 'the worker'>" in path.text
    assert not path.is_expression
    texts = [path.text for path in object_at(snapshot, of_frame).paths()]
    assert any("test_locals_of_a_frame_and_of_another_thread() at" in text for text in texts), texts


def test_garbage_is_unreachable(dump):
    gc.disable()
    try:
        node = Node()
        address = id(node)
        del node
        snapshot = dump()
    finally:
        gc.enable()
    (found,) = snapshot.find(hex(address))
    assert not found.is_reachable
    assert found.paths() == []
    assert snapshot.summary()["n_unreachable"] >= 1


def test_what_c_holds_is_reachable_and_said_to_be(dump):
    import ctypes

    held = ["held from C"]
    address = id(held)
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(held))
    try:
        del held
        snapshot = dump()
        (found,) = snapshot.find(hex(address))
        assert found.is_reachable
        assert found.path_to_root().text == f"<held from C: list {found.id}>"
    finally:
        ctypes.pythonapi.Py_DecRef(ctypes.c_void_p(address))


def test_a_path_of_ten_thousand_references(dump):
    chain = None
    for _ in range(10_000):
        chain = [chain]
    innermost = chain
    while innermost[0] is not None:
        innermost = innermost[0]
    address = id(innermost)
    del innermost
    snapshot = dump()
    (found,) = snapshot.find(hex(address))
    assert found.path_to_root().text.count("[0]") == 9_999
    assert object_at(snapshot, chain).retained_size >= 10_000 * 64
    while chain is not None:
        chain = chain[0]


def test_garbage_exit_handlers_and_hooks_are_roots(process):
    paths = process("held")
    kinds = {name: path[0] for name, path in paths.items()}
    # 3.9 keeps exit handlers in the module's state.
    assert kinds.pop("exit argument") in {"atexit", "module"}, paths
    assert paths["exit argument"][1].lstrip("<").startswith("atexit"), paths
    assert "fork" in paths["fork hook"][1], paths
    assert kinds == {"garbage": "module", "collector callback": "module", "fork hook": "interpreter"}, paths
