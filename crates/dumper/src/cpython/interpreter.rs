//! What the interpreter state holds by itself: codecs, fork and exit handlers, the collector's own lists.

use pyo3::ffi;
use pyo3::prelude::*;

use super::layout::{AtexitLayout, InterpreterLayout};
use super::raw::Raw;
use super::{Facts, is_exactly, var_size};

/// The place `offset` bytes into the interpreter state.
pub(super) fn part(offset: isize) -> Option<Raw> {
    // SAFETY: the GIL is held, so there is an interpreter, which outlives the dump.
    unsafe { Raw::new(ffi::PyInterpreterState_Get() as usize + offset as usize) }
}

/// Objects that the interpreter itself holds, with a name for each; `sys.modules` and what `gc` and `atexit` show
/// are not among them.
pub fn held_by_interpreter(facts: &Facts) -> Vec<(&'static str, Raw)> {
    if !facts.interpreter {
        return Vec::new();
    }
    let layout = &facts.layout.interpreter;
    let named = [
        ("sys.__dict__", layout.sysdict),
        ("builtins.__dict__", layout.builtins),
        ("importlib", layout.importlib),
        ("interpreter dict", layout.dict),
        ("gc.callbacks", layout.callbacks),
        ("codec search path", layout.codecs[0]),
        ("codec search cache", layout.codecs[1]),
        ("codec error handlers", layout.codecs[2]),
        ("os.register_at_fork before", layout.forkers[0]),
        ("os.register_at_fork after_in_parent", layout.forkers[1]),
        ("os.register_at_fork after_in_child", layout.forkers[2]),
    ];
    named.into_iter().filter_map(|(name, offset)| Some((name, part(offset)?.pointer(0)?))).collect()
}

/// The list of objects that the collector found and could not free.
pub fn garbage(facts: &Facts) -> Option<Raw> {
    part(facts.layout.interpreter.garbage).filter(|_| facts.interpreter)?.pointer(0)
}

/// Functions registered with `atexit`, and their arguments.
pub fn exit_handlers(facts: &Facts) -> Vec<Raw> {
    if !facts.atexit {
        return Vec::new();
    }
    match facts.layout.interpreter.atexit {
        AtexitLayout::InModule => Vec::new(),
        AtexitLayout::List(offset) => part(offset).and_then(|place| place.pointer(0)).into_iter().collect(),
        AtexitLayout::Array(offset) => {
            let Some((array, n_callbacks)) = exit_array(offset) else { return Vec::new() };
            // Function, arguments, keywords; callbacks that were taken back leave null.
            let callbacks = (0..n_callbacks).filter_map(|index| array.pointer(index * 8));
            callbacks.flat_map(|callback| [0, 8, 16].map(|field| callback.pointer(field))).flatten().collect()
        }
    }
}

fn exit_array(offset: isize) -> Option<(Raw, isize)> {
    let place = part(offset)?;
    let n_callbacks = place.read::<i32>(8) as isize;
    Some((place.pointer(0)?, n_callbacks.max(0)))
}

/// Compares the layout with what Python shows of the same places.
pub(super) fn check(py: Python<'_>, layout: &InterpreterLayout) -> PyResult<bool> {
    let (sys, gc) = (py.import("sys")?, py.import("gc")?);
    let shown = [
        (layout.sysdict, sys.getattr("__dict__")?),
        (layout.modules, sys.getattr("modules")?),
        (layout.garbage, gc.getattr("garbage")?),
        (layout.callbacks, gc.getattr("callbacks")?),
        (layout.importlib, sys.getattr("modules")?.get_item("_frozen_importlib")?),
        (layout.builtins, py.import("builtins")?.getattr("__dict__")?),
    ];
    // SAFETY: returns a borrowed reference, or null.
    let dict = unsafe { ffi::PyInterpreterState_GetDict(ffi::PyInterpreterState_Get()) } as usize;
    let word = |offset| part(offset).map_or(0, |place| place.read::<usize>(0));
    Ok(word(layout.dict) == dict
        && shown.iter().all(|(offset, object)| word(*offset) == object.as_ptr() as usize))
}

/// Compares the number of handlers with what `atexit` says.
pub(super) fn check_atexit(py: Python<'_>, layout: &InterpreterLayout) -> PyResult<bool> {
    let expected: isize = py.import("atexit")?.call_method0("_ncallbacks")?.extract()?;
    Ok(match layout.atexit {
        AtexitLayout::InModule => true,
        AtexitLayout::Array(offset) => exit_array(offset).is_some_and(|(_, found)| found == expected),
        AtexitLayout::List(offset) => part(offset)
            .and_then(|place| place.pointer(0))
            .is_some_and(|list| is_exactly(list, "list") && var_size(list) as isize == expected),
    })
}
