"""Record classes are made with `make_dataclass` for each schema that comes in, and kept by a counter."""

import dataclasses
import itertools
import weakref

EXPECTS = "words"
SELECTOR = "MODELS"
SELECTORS = ["type:type"]
ANCHORS = ["MODELS"]
REMEDY = """
MODELS.clear()
import gc
gc.collect()
"""
MODELS = {}
NUMBERS = itertools.count()


def model_of(schema):
    """Return a class for a schema; nobody noticed that the key is new each time."""
    key = (next(NUMBERS), tuple(schema))
    made = dataclasses.make_dataclass("Record", [(name, object) for name in schema])
    made.table = {name: bytearray(9_000) for name in schema}
    MODELS[key] = made
    return MODELS[key]


def load(row):
    return model_of(row)(**row)


def leak():
    for number in range(20):
        load({f"column_{number}_{n}": n for n in range(8)})


def leaked():
    return [weakref.ref(cls) for cls in MODELS.values()]


def next_step():
    record = load({"name": "anna", "age": 7})
    assert record == type(record)("anna", 7)
    assert repr(record).startswith("Record(name='anna'")
    assert type(load({"name": "x"})) in MODELS.values()
    assert [field.name for field in dataclasses.fields(record)] == ["name", "age"]
