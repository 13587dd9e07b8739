"""References are named as a person would name them."""

import collections
import contextvars
import functools
import gc
import itertools
import sys

import pytest
from conftest import FREE_THREADED, object_at


class Plain:
    def __init__(self):
        self.first = ["inline or dict"]


class Slotted:
    __slots__ = ("slot",)


def labels(snapshot, holder):
    return {label: referent.address for label, referent in object_at(snapshot, holder).referents()}


def test_dict_keys_list_indices_and_set_members(dump):
    value, member = ["value"], ("member",)
    holder_dict = {"key": value, 5: value, (1, "a"): value}
    holder_list, holder_set = [None, value], {member}
    snapshot = dump()
    found = labels(snapshot, holder_dict)
    assert [found["['key']"], found["[5]"], found["[(1, 'a')]"]] == [id(value)] * 3
    assert labels(snapshot, holder_list)["[1]"] == id(value)
    assert labels(snapshot, holder_set) == {"member": id(member)}


def test_instance_attributes_without_making_a_dict(dump):
    holder = Plain()
    snapshot = dump()
    found = labels(snapshot, holder)
    if sys.version_info >= (3, 11):
        assert found[".first"] == id(holder.first)
        assert ".__dict__" not in found
    else:
        (instance_dict,) = [
            obj for label, obj in object_at(snapshot, holder).referents() if label == ".__dict__"
        ]
        assert ("['first']", id(holder.first)) in [
            (label, obj.address) for label, obj in instance_dict.referents()
        ]


def test_attributes_that_a_made_dict_holds(dump):
    holder = Plain()
    made = vars(holder)
    snapshot = dump()
    assert labels(snapshot, holder)[".__dict__"] == id(made)
    assert labels(snapshot, made)["['first']"] == id(made["first"])


def test_slots_closures_globals_and_code(dump):
    slotted = Slotted()
    slotted.slot = ["slot"]
    enclosed = ["enclosed"]

    def function():
        return enclosed

    snapshot = dump()
    assert labels(snapshot, slotted)[".slot"] == id(slotted.slot)
    found = labels(snapshot, function)
    assert found[".__globals__"] == id(globals())
    assert found[".__code__"] == id(function.__code__)
    (cell,) = function.__closure__
    assert labels(snapshot, cell)[".cell_contents"] == id(enclosed)
    assert labels(snapshot, function.__closure__) == {"[0] variable 'enclosed'": id(cell)}


def test_locals_of_a_generator(dump):
    def generate():
        kept = ["kept"]
        yield id(kept)

    running = generate()
    address = next(running)
    snapshot = dump()
    holders = [path.text for path in snapshot.find(hex(address))[0].paths()]
    assert any("local 'kept'" in text for text in holders), holders
    running.close()


def test_exceptions_and_bound_methods(dump):
    error = ValueError(["argument"])
    error.__cause__ = KeyError("cause")
    method = [].append
    bound = Plain().__init__
    snapshot = dump()
    assert labels(snapshot, error)[".args"] == id(error.args)
    assert labels(snapshot, error)[".__cause__"] == id(error.__cause__)
    assert labels(snapshot, bound)[".__self__"] == id(bound.__self__)
    assert labels(snapshot, method)[".__self__"] == id(method.__self__)


def test_weak_references_hold_nothing(dump):
    import weakref

    target = Plain()
    reference = weakref.ref(target)
    snapshot = dump()
    assert labels(snapshot, reference)["weak referent"] == id(target)
    assert id(reference) not in {holder.address for _, holder in object_at(snapshot, target).referrers()}


@pytest.mark.parametrize(
    "value", ["text", "größe", "日本語", "🐍", "quote's", b"bytes\x00'", 0, -5, 2**70, 2.5, True]
)
def test_keys_are_written_as_python_reads_them(dump, value):
    held = ["held"]
    holder = {value: held}
    snapshot = dump()
    (label,) = [label for label, obj in object_at(snapshot, holder).referents() if obj.address == id(held)]
    (key,) = eval(f"[{label[1:-1]}]")
    assert key == value
    assert type(key) is type(value)


@functools.cache
def unbounded(name):
    return ["unbounded", name]


@functools.lru_cache(maxsize=16)
def quote(name, number):
    return ["quote", name, number]


def test_a_cached_value_is_found_through_the_cache(dump):
    results = [id(quote("AAPL", 3)), id(unbounded("MSFT"))]
    snapshot = dump()
    bounded, endless = (snapshot.find(hex(address))[0] for address in results)
    assert bounded.path_to_root().text == "test_labels.quote.<cache>[('AAPL', 3)]"
    assert endless.path_to_root().text == "test_labels.unbounded.<cache>['MSFT']"
    assert bounded.dominator.type_name == "functools._lru_list_elem"
    assert bounded.dominator.retained_size > bounded.retained_size


def test_context_variables_have_their_names(dump):
    variables = [contextvars.ContextVar(f"request {number}") for number in range(100)]
    context = contextvars.copy_context()
    values = [["value", number] for number in range(100)]
    for variable, value in zip(variables, values):
        context.run(variable.set, value)
    snapshot = dump()
    for number in (0, 50, 99):
        texts = [path.text for path in object_at(snapshot, values[number]).paths()]
        assert any(f"contextvar 'request {number}'" in text for text in texts), texts


def test_deques_ordered_dicts_iterators_and_partials(dump):
    kept = [[number] for number in range(300)]
    deque = collections.deque(kept)
    deque.rotate(70)
    ordered = collections.OrderedDict((f"key {number}", item) for number, item in enumerate(kept[:5]))
    iterator, chain = iter(kept), itertools.chain(kept, kept)
    partial = functools.partial(print, kept, sep=kept)
    snapshot = dump()
    found = labels(snapshot, deque)
    assert [found[f"[{index}]"] for index in range(300)] == [id(item) for item in deque]
    assert labels(snapshot, ordered)["['key 3']"] == id(kept[3])
    assert labels(snapshot, iterator) == {"<sequence>": id(kept)}
    assert "<iterators>" in labels(snapshot, chain)
    assert {".func", ".args", ".keywords"} <= set(labels(snapshot, partial))


def test_an_object_held_twice_is_held_in_two_places(dump):
    import asyncio

    loop = asyncio.new_event_loop()
    future = loop.create_future()
    future.set_result(loop)
    snapshot = dump()
    places = [label for label, held in object_at(snapshot, future).referents() if held.address == id(loop)]
    assert len(places) == len(set(places)) == 2, places
    loop.close()


def test_a_class_called_as_a_builtin_type_is_not_taken_for_it(dump):
    slots = {"__slots__": tuple("abcdefgh")}
    impostors = [type(name, (), slots)() for name in ("generator", "cell", "functools._lru_cache_wrapper")]
    held = ["held"]
    for impostor in impostors:
        for name in slots["__slots__"]:
            setattr(impostor, name, held)
    snapshot = dump()
    for impostor in impostors:
        found = [
            label for label, other in object_at(snapshot, impostor).referents() if other.address == id(held)
        ]
        assert sorted(found) == [f".{name}" for name in "abcdefgh"]


def test_frozen_objects_and_generations_are_seen(dump):
    gc.collect()
    old = [["old"]]
    gc.collect()
    frozen = [["frozen", [number]] for number in range(1000)]
    gc.freeze()
    young = [["young"]]
    try:
        snapshot = dump()
    finally:
        gc.unfreeze()
    assert [object_at(snapshot, item).generation for item in (old, frozen, young, "text")] == [3, 3, 0, None]
    assert object_at(dump(), old).generation == (0 if FREE_THREADED else 2)
    for item in (frozen[0], frozen[999][1], old[0], young[0]):
        assert object_at(snapshot, item).path_to_root() is not None
    assert labels(snapshot, frozen)["[999]"] == id(frozen[999])


def test_a_name_that_is_not_whole_is_no_python(dump):
    value = [["held under a long name"]]
    Slotted.holder = Plain()
    setattr(Slotted.holder, "a" * 250, value)
    try:
        paths = object_at(dump(), value).paths()
        modules = {name: module for name, module in sys.modules.items() if "." not in name}
        assert any("Slotted.holder" in path.text for path in paths), paths
        for path in paths:
            assert not path.is_expression or eval(path.text, modules) is value, path
    finally:
        del Slotted.holder
