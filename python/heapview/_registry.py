"""Adapters: what objects of other libraries hold in memory that only calls into them can tell.

They are asked before the walk, and only if their library is loaded and objects of theirs are alive.
Nothing is imported here: an adapter works with the object it is given.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Union

from heapview import _heapview

Buffers = Callable[[Any], Iterable[Union[tuple[int, int], tuple[int, int, str]]]]
References = Callable[[Any], Iterable[tuple[str, object]]]

_ADAPTERS: dict[str, tuple[Buffers | None, References | None]] = {}


def register_adapter(
    type_name: str, *, buffers: Buffers | None = None, references: References | None = None
) -> None:
    """Say what objects of a type, and of types derived from it, hold outside themselves.

    `type_name` is `package.module.Type`; nothing is imported for it.

    `buffers(obj)` yields `(address, size)` or `(address, size, label)` for each piece of memory that it owns.
    Memory with the same address is counted once; any other number that stands for the memory will do as well.

    `references(obj)` yields `(label, other)` for each object that `obj` owns a reference to unseen by the
    collector. A label with a dot in front, `".grad"`, says that `obj.grad` reads it, the same object each
    time.

    Both are called before the walk, with the GIL. What they raise becomes a warning in the snapshot.
    """
    if not isinstance(type_name, str) or "." not in type_name or type_name.startswith("builtins."):
        raise ValueError(f"expected 'package.module.Type', not a builtin, found {type_name!r}")
    if buffers is None and references is None:
        raise ValueError(f"expected buffers= or references= for {type_name}, found neither")
    for function in (buffers, references):
        if function is not None and not callable(function):
            raise TypeError(f"expected a callable for {type_name}, found {function!r}")
    _ADAPTERS[type_name] = (buffers, references)


def _torch_storage(storage: Any) -> Iterator[tuple[int, int, str]]:
    """Yield the memory of a storage; that of a GPU says so."""
    device = storage.device.type
    kind = "torch storage" if device == "cpu" else f"torch storage ({device})"
    yield storage.data_ptr(), storage.nbytes(), kind


def _torch_parts(tensor: Any) -> Iterator[tuple[str, Any]]:
    """Yield what a tensor holds unseen: its storage, its gradient with storage, the tensor it is a view of.

    torch makes Python objects for them when they are first asked for, and keeps those that it made. Hence
    they must be said to be the tensor's: else they would seem to be held by nobody in Python.
    """
    torch = sys.modules["torch"]
    own = torch.Tensor
    library = vars(torch._C)
    # torch 1 makes a new object each time.
    name, of_tensor = ".untyped_storage()", getattr(own, "untyped_storage", None)
    if of_tensor is None:
        name, of_tensor = "storage()", own._storage

    def storage(before: str, of: Any) -> Iterator[tuple[str, Any]]:
        if own.layout.__get__(of) is torch.strided and own.device.__get__(of).type != "meta":
            yield before + name, of_tensor(of)

    # What a subclass overrides must not run.
    with (library.get("DisableTorchFunctionSubclass") or library["DisableTorchFunction"])():
        yield from storage("", tensor)
        base = own._base.__get__(tensor)
        if base is not None:
            yield "._base", base
        # Asking for the gradient of a tensor that is no leaf prints a warning.
        if own.is_leaf.__get__(tensor) and own.requires_grad.__get__(tensor):
            gradient = own.grad.__get__(tensor)
            if gradient is not None:
                yield ".grad", gradient
                yield from storage(".grad", gradient)


def _torch_tensor(tensor: Any) -> Iterator[tuple[int, int, str]]:
    """Yield the storage of a dense tensor, which all its views share, and that of its gradient."""
    for label, part in _torch_parts(tensor):
        if label.endswith("storage()"):
            yield from _torch_storage(part)


def _arrow_buffer(buffer: Any) -> Iterator[tuple[int, int, str]]:
    """Yield the memory that a buffer is or is a slice of."""
    while buffer.parent is not None:
        buffer = buffer.parent
    yield buffer.address, buffer.size, "arrow buffer"


def _arrow_array(array: Any) -> Iterator[tuple[int, int, str]]:
    """Yield the buffers of an array and its children, and those of its dictionary.

    Extension types bring classes of their own for arrays: what one overrides must not run.
    """
    lib = sys.modules["pyarrow.lib"]
    for buffer in lib.Array.buffers(array):
        if buffer is not None:
            yield from _arrow_buffer(buffer)
    if issubclass(type(array), lib.DictionaryArray):
        yield from _arrow_array(lib.DictionaryArray.dictionary.__get__(array))


def _arrow_chunked_array(array: Any) -> Iterator[tuple[int, int, str]]:
    for chunk in array.iterchunks():
        yield from _arrow_array(chunk)


def _arrow_table(table: Any) -> Iterator[tuple[int, int, str]]:
    for column in table.itercolumns():
        yield from _arrow_chunked_array(column)


def _arrow_record_batch(batch: Any) -> Iterator[tuple[int, int, str]]:
    for position in range(batch.num_columns):
        yield from _arrow_array(batch.column(position))


def _polars_frame(frame: Any) -> Iterator[tuple[int, int, str]]:
    """Yield one size for all of a frame: polars does not say which of it other frames share."""
    return _polars_core(vars(frame).get("_df"))


def _polars_series(series: Any) -> Iterator[tuple[int, int, str]]:
    return _polars_core(vars(series).get("_s"))


def _polars_core(core: Any) -> Iterator[tuple[int, int, str]]:
    """Yield the size of what is behind a frame or a series: nothing, if it is not yet filled."""
    if core is not None:
        yield id(core), int(core.estimated_size()), "polars data"


def _pil_image(image: Any) -> Iterator[tuple[int, int, str]]:
    """Yield the pixels, if they are loaded; an image file is read when it is first used."""
    attributes = vars(image)
    core = attributes.get("_im", attributes.get("im"))
    if type(core).__name__ == "ImagingCore":
        width, height = core.size
        yield id(core), width * height * _PIXEL_SIZES.get(core.mode, 4), "PIL pixels"


# Bytes of a pixel; in all other modes four.
_PIXEL_SIZES = {"1": 1, "L": 1, "P": 1, "I;16": 2, "I;16L": 2, "I;16B": 2, "I;16N": 2}

register_adapter("torch.Tensor", buffers=_torch_tensor, references=_torch_parts)
register_adapter("torch.storage.UntypedStorage", buffers=_torch_storage)
register_adapter("pyarrow.lib.Buffer", buffers=_arrow_buffer)
register_adapter("pyarrow.lib.Array", buffers=_arrow_array)
register_adapter("pyarrow.lib.ChunkedArray", buffers=_arrow_chunked_array)
register_adapter("pyarrow.lib.Table", buffers=_arrow_table)
register_adapter("pyarrow.lib.RecordBatch", buffers=_arrow_record_batch)
register_adapter("polars.dataframe.frame.DataFrame", buffers=_polars_frame)
register_adapter("polars.series.series.Series", buffers=_polars_series)
register_adapter("PIL.Image.Image", buffers=_pil_image)

_heapview._use_adapters(_ADAPTERS)
