//! pyarrow objects that must not be asked: made, but never filled.

use pyo3::ffi;

use crate::cpython::{self, HEAD, Raw};

/// How the names of pyarrow's own types begin.
const PYARROW: &str = "pyarrow.lib.";

/// Whether a call may touch this object. pyarrow follows its pointers without looking, and what `cls.__new__(cls)`
/// gives has none: all its fields are null or `None`, except for the table of methods.
pub(crate) fn is_filled(object: Raw) -> bool {
    let type_object = cpython::type_of(object);
    let mut bases = cpython::base_chain(type_object);
    let Some(own) = bases.find(|base| cpython::c_name(*base).starts_with(PYARROW)) else { return true };
    // SAFETY: only the address is taken.
    let none = unsafe { ffi::Py_None() } as usize;
    let n_words = cpython::sizes(own).0 / 8;
    let fields = (HEAD as u64 / 8..n_words).map(|word| object.field::<usize>(word as isize * 8));
    fields.filter(|field| *field != 0 && *field != none).count() > 1
}
