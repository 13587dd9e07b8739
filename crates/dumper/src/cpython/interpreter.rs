//! What the interpreter state holds by itself: codecs, fork and exit handlers, the collector's own lists.

use pyo3::ffi;
use pyo3::prelude::*;

use super::interpreters::Interpreter;
use super::layout::{AtexitLayout, InterpreterLayout};
use super::object::HEAD;
use super::raw::Raw;
use super::{Facts, is_exactly, var_size};
use crate::probe::Probe;

/// The place `offset` bytes into the running interpreter's state.
pub(super) fn part(offset: isize) -> Option<Raw> {
    Interpreter::running()?.part(offset)
}

/// `sys.modules`.
pub(crate) fn modules(facts: &Facts, of: Interpreter) -> Option<Raw> {
    if of.other().is_some() {
        return of.part(facts.layout.interpreter.modules).filter(|_| facts.interpreter)?.pointer(0);
    }
    // SAFETY: a borrowed reference to a dict that the interpreter holds.
    unsafe { Raw::new(ffi::PyImport_GetModuleDict() as usize) }
}

/// Objects that the interpreter itself holds, with a name for each; `sys.modules` and what `gc` and `atexit` show
/// are not among them.
pub(crate) fn held_by_interpreter(facts: &Facts, of: Interpreter) -> Vec<(&'static str, Raw)> {
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
    named.into_iter().filter_map(|(name, offset)| Some((name, of.part(offset)?.pointer(0)?))).collect()
}

/// The list of functions given to `sys.addaudithook`, which the collector does not know; to be believed if the walk knows
/// its elements.
pub(crate) fn audit_hooks(facts: &Facts, of: Interpreter) -> Option<Raw> {
    let place = of.part(facts.layout.interpreter.audit_hooks).filter(|_| facts.audit_hooks)?;
    is_list(place.read(0)).then(|| place.pointer(0))?
}

/// Whether there is a list at the address.
fn is_list(address: usize) -> bool {
    let type_of = |probe: Probe| probe.word(address.wrapping_add_signed(HEAD - 8));
    address != 0
        && address.is_multiple_of(8)
        && Probe::new().and_then(type_of) == Some(&raw const ffi::PyList_Type as usize)
}

/// The list of objects that the collector found and could not free.
pub(crate) fn garbage(facts: &Facts, of: Interpreter) -> Option<Raw> {
    of.part(facts.layout.interpreter.garbage).filter(|_| facts.interpreter)?.pointer(0)
}

/// Functions registered with `atexit`, and their arguments.
pub(crate) fn exit_handlers(facts: &Facts, of: Interpreter) -> Vec<Raw> {
    if !facts.atexit {
        return Vec::new();
    }
    match facts.layout.interpreter.atexit {
        AtexitLayout::InModule => Vec::new(),
        AtexitLayout::List(offset) => {
            of.part(offset).and_then(|place| place.pointer(0)).into_iter().collect()
        }
        AtexitLayout::Array(offset) => {
            let Some((array, n_callbacks)) = of.part(offset).and_then(exit_array) else { return Vec::new() };
            // Function, arguments, keywords; callbacks that were taken back leave null.
            let callbacks = (0..n_callbacks).filter_map(|index| array.pointer(index * 8));
            callbacks.flat_map(|callback| [0, 8, 16].map(|field| callback.pointer(field))).flatten().collect()
        }
    }
}

fn exit_array(place: Raw) -> Option<(Raw, isize)> {
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
        AtexitLayout::Array(offset) => {
            part(offset).and_then(exit_array).is_some_and(|(_, found)| found == expected)
        }
        AtexitLayout::List(offset) => part(offset)
            .and_then(|place| place.pointer(0))
            .is_some_and(|list| is_exactly(list, "list") && var_size(list) as isize == expected),
    })
}

/// Whether there is a list where hooks are kept, or nothing yet: hooks cannot be taken back, so none is added to try.
pub(super) fn check_audit_hooks(layout: &InterpreterLayout) -> bool {
    let word = part(layout.audit_hooks).map_or(1, |place| place.read::<usize>(0));
    word == 0 || is_list(word)
}
