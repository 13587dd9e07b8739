//! Asks `_signal` for the functions that handle signals, before the walk: C keeps them where nobody else can look.

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::adapters::asked::Asked;
use crate::cpython::{self, Facts};

/// Adds each handler that is a Python object as a root. Only C code of CPython's own runs, and no collection.
pub(crate) fn ask<'py>(py: Python<'py>, facts: &Facts, asked: &mut Asked<'py>) {
    if let Some(_paused) = cpython::pause_collector(facts) {
        // Without the module there are no handlers.
        let _ = handlers(py, asked);
    }
}

fn handlers<'py>(py: Python<'py>, asked: &mut Asked<'py>) -> Option<()> {
    // SAFETY: borrowed references to dicts, that of the modules and that of a module that lies in it.
    let contents = unsafe {
        let modules =
            Bound::from_borrowed_ptr(py, ffi::PyImport_GetModuleDict()).cast_into::<PyDict>().ok()?;
        let module = modules.get_item("_signal").ok()??;
        if ffi::PyModule_CheckExact(module.as_ptr()) == 0 {
            return None;
        }
        Bound::from_borrowed_ptr(py, ffi::PyModule_GetDict(module.as_ptr())).cast_into::<PyDict>().ok()?
    };
    let names = names(&contents);
    let getter = contents.get_item("getsignal").ok()??;
    // Somebody may have put a function of Python's in its place.
    // SAFETY: compares the object's type.
    if unsafe { ffi::PyCFunction_CheckExact(getter.as_ptr()) } == 0 {
        return None;
    }
    let n_signals: u32 = contents.get_item("NSIG").ok()??.extract().ok()?;
    for number in 1..n_signals.min(1 << 10) {
        let Ok(handler) = getter.call1((number,)) else { continue };
        // What the system does by itself are numbers.
        if handler.is_none() || handler.extract::<i64>().is_ok() {
            continue;
        }
        let name = names.iter().find(|(known, _)| *known == number);
        let name = name.map_or_else(|| number.to_string(), |(_, name)| name.clone());
        if let Some(handler) = asked.hold(handler) {
            asked.roots.push((format!("signal handler {name}"), handler));
        }
    }
    Some(())
}

/// Numbers and names; of two names for one number the usual one comes first.
fn names(contents: &Bound<'_, PyDict>) -> Vec<(u32, String)> {
    let named = |(name, number): (Bound<'_, PyAny>, Bound<'_, PyAny>)| {
        let name: String = name.extract().ok()?;
        let is_signal = name.starts_with("SIG") && !name.starts_with("SIG_");
        Some((number.extract().ok().filter(|_| is_signal)?, name))
    };
    let mut names: Vec<(u32, String)> = contents.iter().filter_map(named).collect();
    names.sort_unstable();
    names
}
