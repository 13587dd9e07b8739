//! Modules that are loaded and what is in them, read without a lookup: keys may have an `__eq__` of their own.

use pyo3::ffi;
use rustc_hash::FxHashSet;

use crate::cpython::{self, Facts, Raw};

/// `sys.modules`.
pub(crate) fn modules() -> Option<Raw> {
    // SAFETY: a borrowed reference to a dict that the interpreter holds.
    unsafe { Raw::new(ffi::PyImport_GetModuleDict() as usize) }
}

/// The dict of the loaded module called `name`. O(modules).
pub(crate) fn contents(facts: &Facts, name: &str) -> Option<Raw> {
    let module = entry(facts, modules()?, name)?;
    dict(module)
}

/// What all loaded modules are called. O(modules).
pub(crate) fn names(facts: &Facts) -> FxHashSet<String> {
    let mut names = FxHashSet::default();
    if let Some(modules) = modules() {
        cpython::dict_items(modules, |name, _| names.extend(cpython::text(facts, name)));
    }
    names
}

/// The dict of a module; `None` for what else stands in `sys.modules`.
pub(crate) fn dict(module: Raw) -> Option<Raw> {
    // SAFETY: alive; the check looks at the type's bases. The dict is borrowed from the module.
    unsafe {
        if ffi::PyModule_Check(module.as_ptr()) == 0 {
            return None;
        }
        Raw::new(ffi::PyModule_GetDict(module.as_ptr()) as usize)
    }
}

/// The value of a dict under an ASCII name.
pub(crate) fn entry(facts: &Facts, dict: Raw, wanted: &str) -> Option<Raw> {
    let mut found = None;
    cpython::dict_items(dict, |name, value| {
        if found.is_none() && cpython::is_exactly(name, "str") && cpython::equals(facts, name, wanted) {
            found = Some(value);
        }
    });
    found
}
