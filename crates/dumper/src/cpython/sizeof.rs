//! `__sizeof__` of builtin types, called as the C function that it is.

use std::ffi::{CStr, c_int};

use pyo3::ffi::{self, PyObject};

use super::object::{SHIFT, is_locked};
use super::raw::Raw;
use super::typeobject::{c_name, is_exactly, mro};
use super::{Facts, strings, typeobject};

/// The C function behind a builtin type's `__sizeof__`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SizeFunction {
    function: unsafe extern "C" fn(*mut PyObject, *mut PyObject) -> *mut PyObject,
    /// A pointer that it follows, and which is null in what `cls.__new__(cls)` gives.
    follows: Option<isize>,
}

/// Types whose `__sizeof__` is C code of CPython's own that runs nothing of the user's.
/// Anything else's is never called: that of a pandas frame is deep Python code.
const TRUSTED: &[&str] = &[
    "dict",
    "frozendict",
    "set",
    "frozenset",
    "bytearray",
    "type",
    "code",
    "frame",
    "generator",
    "coroutine",
    "async_generator",
    "collections.deque",
    "collections.OrderedDict",
    "array.array",
    "decimal.Decimal",
    "itertools.combinations",
    "itertools.combinations_with_replacement",
    "itertools.permutations",
    "itertools.product",
    "xml.etree.ElementTree.Element",
    "StgDict",
    "_ctypes.CType_Type",
    "_io.BufferedRandom",
    "_io.BufferedReader",
    "_io.BufferedWriter",
    "_io.BytesIO",
    "_pickle.Pickler",
    "_pickle.Unpickler",
    "_struct.Struct",
];

/// Where a `Struct` keeps its codes, which are missing before `__init__` and after one that failed.
/// <https://github.com/python/cpython/blob/3.12/Modules/_struct.c>
const CODES_OF_STRUCT: (&str, isize) = ("_struct.Struct", SHIFT + 32);

/// A static type whose name does not tell its module.
const WITHOUT_MODULE: &str = "StgDict";

/// The trusted `__sizeof__` that instances of `type_object` inherit, skipping overrides that may not be called.
pub(crate) fn native_sizeof(facts: &Facts, type_object: Raw) -> Option<SizeFunction> {
    mro(type_object)
        .into_iter()
        .filter(|base| TRUSTED.contains(&c_name(*base)) && is_own(facts, *base))
        .find_map(|base| function(facts, base))
}

/// Whether the type is what its name says, and not one that somebody called so.
fn is_own(facts: &Facts, type_object: Raw) -> bool {
    match c_name(type_object) {
        WITHOUT_MODULE => !typeobject::is_heap_type(type_object),
        name if name.contains('.') => typeobject::is_named_by_extension(facts, type_object),
        _ => !typeobject::is_heap_type(type_object) && !typeobject::is_impostor(type_object),
    }
}

/// Bytes that the function says; `None` when it fails, or would wait for the object's lock.
pub(crate) fn call(function: SizeFunction, object: Raw) -> Option<u64> {
    if is_locked(object) || function.follows.is_some_and(|place| object.read::<usize>(place) == 0) {
        return None;
    }
    // SAFETY: METH_NOARGS functions take the object and null. The new int is given back at once.
    unsafe {
        let result = (function.function)(object.as_ptr(), std::ptr::null_mut());
        if result.is_null() {
            ffi::PyErr_Clear();
            return None;
        }
        let size = ffi::PyLong_AsSsize_t(result);
        ffi::Py_DECREF(result);
        u64::try_from(size).ok()
    }
}

/// The `__sizeof__` in the type's own dict, if it is a C method without arguments.
fn function(facts: &Facts, type_object: Raw) -> Option<SizeFunction> {
    const OWNER: isize = SHIFT + 16;
    const METHOD: isize = SHIFT + 40;
    let mut found = None;
    super::dict_items(typeobject::dict(facts, type_object)?, |key, value| {
        // A descriptor that a class has borrowed from another type expects that type's layout.
        let is_own = is_exactly(value, "method_descriptor") && value.pointer(OWNER) == Some(type_object);
        if is_own && strings::equals(facts, key, "__sizeof__") {
            found = Some(value);
        }
    });
    // PyMethodDescrObject: the method definition lies after type, name and qualified name.
    // https://github.com/python/cpython/blob/3.12/Include/cpython/descrobject.h
    // SAFETY: a method descriptor always has its definition, which is static.
    let definition = unsafe { Raw::new(found?.read(METHOD)) }?;
    let flags: c_int = definition.read(16);
    let name: &CStr = definition.c_string(0);
    let function: Option<_> = definition.read(8);
    let function = function.filter(|_| flags == ffi::METH_NOARGS && name == c"__sizeof__")?;
    let follows = (c_name(type_object) == CODES_OF_STRUCT.0).then_some(CODES_OF_STRUCT.1);
    Some(SizeFunction { function, follows })
}
