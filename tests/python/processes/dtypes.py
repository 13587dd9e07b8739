"""Makes arrays of every dtype that numpy has, and dumps them to the path given: data, elements and dtypes."""

import datetime
import json
import sys
import warnings

import heapview
import numpy as np

warnings.simplefilter("ignore")


class Element:
    pass


class Own(np.ndarray):
    pass


ELEMENTS = [Element() for _ in range(40)]
NEXT = iter(ELEMENTS)
DEEP = np.dtype(object)
for _ in range(40):
    DEEP = np.dtype([("inner", DEEP)])


def filled(dtype, *places, shape=2):
    """Return an array of this dtype, and the objects that were put into its first item, one at each place."""
    array = np.zeros(shape, dtype)
    elements = []
    for place in places:
        elements.append(next(NEXT))
        array[0][place] = elements[-1]
    return array, elements


def arrays_of_objects():
    yield np.array([ELEMENTS[0], None, "text"], dtype=object)[::-1].copy(), [ELEMENTS[0]]
    scalar = np.empty((), object)
    scalar[()] = next(NEXT)
    yield scalar, [scalar[()]]
    yield np.asfortranarray(np.full((3, 4), ELEMENTS[1], object)), [ELEMENTS[1]]
    yield np.empty(3, object), []
    yield np.empty((0, 3), object), []
    yield filled([("a", "i1"), ("b", object), ("c", "f8")], "b")
    yield filled(np.dtype([("a", "i1"), ("b", object)], align=True), "b")
    yield filled([(("title", "name"), object)], "title")
    yield filled({"names": ["a", "b"], "formats": ["O", "i4"], "offsets": [16, 4], "itemsize": 40}, "a")
    yield filled(np.dtype("O", metadata={"key": ["value"]}), shape=3)
    array, _ = filled([("a", "O", (2, 3)), ("b", "M8[ms]"), ("c", "V5")])
    array[0]["a"][1][2] = next(NEXT)
    yield array, [array[0]["a"][1][2]]
    array = np.zeros(2, [("a", [("b", [("c", object)])])])
    array[0]["a"]["b"]["c"] = next(NEXT)
    yield array, [array[0]["a"]["b"]["c"]]
    yield np.array([ELEMENTS[2], 1], object).view(Own).copy(), [ELEMENTS[2]]


def arrays_of_plain_items():
    codes = [code for code in np.typecodes["All"] if code != "O"]
    for code in [*codes, "S11", "U5", "V9", "M8[us]", "m8[D]", ">i4", ">f8", ">U3", "i4,f8", "(2,3)i2"]:
        yield np.zeros((7, 3), code)
        yield np.zeros((), code)
        yield np.zeros((0, 5), code)
    yield np.array([datetime.datetime(2020, 1, 1)], "M8[s]")
    yield np.zeros(3, np.dtype("i4", metadata={"key": ["value"]}))
    yield np.zeros(3, [])
    yield np.matrix([[1.0, 2.0]])
    yield np.zeros(3, [("a", "i4")]).view(np.recarray).copy()
    classes = vars(np.dtypes) if hasattr(np, "dtypes") else {}
    for name, cls in classes.items():
        if isinstance(cls, type) and name not in {"StringDType", "ObjectDType"}:
            try:
                yield np.zeros(3, cls())
            except TypeError:  # It has to be told a size.
                continue


def arrays_of_texts():
    """Return arrays of `StringDType`, and how many bytes of text each has outside of its items."""
    if not hasattr(getattr(np, "dtypes", None), "StringDType"):
        return
    dtype, texts = np.dtypes.StringDType, ["x" * 100, "y" * 3000, "short"]
    yield np.array(texts, dtype=dtype()), 3100
    yield np.array([*texts, None], dtype=dtype(na_object=None)), 3100
    yield np.array([*texts, np.nan], dtype=dtype(na_object=np.nan)), 3100
    yield np.array([*texts, "\N{SNAKE}" * 1000], dtype=dtype(na_object=["missing"], coerce=False)), 7100
    yield np.array([[text] for text in texts] * 1000, dtype="T"), 3_100_000
    yield np.array(["short"], dtype="T"), 0
    yield np.empty((), dtype="T"), 0
    yield np.empty((0, 2), dtype="T"), 0


def main(path):
    objects, plain, texts = list(arrays_of_objects()), list(arrays_of_plain_items()), list(arrays_of_texts())
    # More than is looked into.
    deep, wide = np.zeros(1, DEEP), np.zeros(2, [(f"f{number}", object) for number in range(5000)])
    views = [array[...] for array, _ in objects + texts] + [array[...] for array in plain]
    result = heapview.heapdump(path)
    snapshot = heapview.load(path, index=False)
    failures = []

    def referents(obj):
        (found,) = snapshot.find(hex(id(obj)))
        return found.referents()

    def data(obj):
        return [found.shallow_size for label, found in referents(obj) if label == "data"]

    for array, elements in [
        *objects,
        *((array, []) for array in plain),
        *((array, []) for array, _ in texts),
    ]:
        held = {found.address for _, found in referents(array)}
        if not {id(element) for element in elements} <= held:
            failures.append(["elements", str(array.dtype), array.shape])
        if id(array.dtype) not in held:
            failures.append(["dtype", str(array.dtype), array.shape])
        expected = [array.nbytes] if array.flags.owndata and array.nbytes else None
        if data(array) != expected and (expected or len(data(array)) > 1):
            failures.append(["data", str(array.dtype), array.shape, data(array)])
        metadata = array.dtype.metadata
        if metadata and not any(label == "<metadata>" for label, _ in referents(array.dtype)):
            failures.append(["metadata", str(array.dtype)])
        if array.dtype.names and ".names" not in dict(referents(array.dtype)):
            failures.append(["names", str(array.dtype)])
    for array, size in texts:
        found = sum(data(array.dtype))
        if not size <= found <= 1.3 * size + 10:
            failures.append(["texts", str(array.dtype), size, found])
        missing = getattr(array.dtype, "na_object", None)
        if isinstance(missing, list) and id(missing) not in {
            found.address for _, found in referents(array.dtype)
        }:
            failures.append(["na_object"])
    failures += [["view", str(view.dtype)] for view in views if data(view)]
    previews = [snapshot.find(hex(id(array)))[0].preview for array, _ in [objects[0], *texts[:1]]]
    assert deep.nbytes
    assert wide.nbytes
    print(
        json.dumps(
            {
                "numpy": np.__version__,
                "n_arrays": len(objects) + len(plain) + len(texts),
                "n_texts": len(texts),
                "failures": failures,
                "previews": previews,
                "warnings": result.warnings,
            }
        )
    )


if __name__ == "__main__":
    main(sys.argv[1])
