//! Thread states of the interpreter.

use pyo3::ffi;
use pyo3::prelude::*;

use super::Facts;
use super::interpreters::Interpreter;
use super::layout::ThreadLayout;
use super::raw::Raw;

/// One thread state and the thread's identifier, as `threading.get_ident()` gives it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Thread {
    pub state: Raw,
    pub ident: u64,
}

/// All threads of the running interpreter that have run Python code.
///
/// On free-threaded builds the world must be stopped.
pub(crate) fn threads(facts: &Facts) -> Vec<Thread> {
    Interpreter::running().map_or_else(Vec::new, |running| threads_of(facts, running))
}

/// As [`threads`], of one interpreter.
pub(crate) fn threads_of(facts: &Facts, of: Interpreter) -> Vec<Thread> {
    let thread = |state: Raw| Thread { state, ident: state.read(facts.layout.threads.id) };
    if let Some((first, next)) = facts.layout.threads.list {
        let first = of.part(first).and_then(|place| place.pointer(0));
        return std::iter::successors(first, |state| state.pointer(next)).map(thread).collect();
    }
    let (Some(head), Some(next)) = (facts.symbols.thread_head, facts.symbols.thread_next) else {
        return Vec::new();
    };
    let mut threads = Vec::new();
    // SAFETY: the GIL is held, so no thread state comes or goes.
    unsafe {
        let mut state = head(of.as_ptr());
        while let Some(raw) = Raw::new(state as usize) {
            threads.push(thread(raw));
            state = next(state);
        }
    }
    threads
}

/// What a thread state holds besides its frames, with a name for each.
pub(crate) fn held_by_thread(facts: &Facts, state: Raw) -> impl Iterator<Item = (&'static str, Raw)> {
    let held = facts.layout.threads.held.iter().filter(|_| facts.interpreter);
    held.filter_map(move |(name, offset)| Some((*name, state.pointer(*offset)?)))
}

/// The thread's functions of `sys.settrace` and `sys.setprofile`; to be believed if the walk knows them: where there
/// were none, the self-test has compared nothing with nothing.
pub(crate) fn trace_hooks(facts: &Facts, state: Raw) -> impl Iterator<Item = (&'static str, Raw)> {
    let hooks = facts.layout.threads.hooks.iter().filter(|_| facts.trace_hooks);
    hooks.filter_map(move |(name, offset)| Some((*name, state.pointer(*offset)?)))
}

/// What stands for the thread in its `threading.local`s; to be believed if the walk knows it.
pub(crate) fn thread_local_key(facts: &Facts, state: Raw) -> Option<Raw> {
    state.pointer(facts.layout.threads.local_key.filter(|_| facts.interpreter)?)
}

/// Compares the running thread's functions of `sys.settrace` and `sys.setprofile` with what `sys` says.
pub(super) fn check_hooks(py: Python<'_>, layout: &ThreadLayout) -> PyResult<bool> {
    let sys = py.import("sys")?;
    // SAFETY: the running thread.
    let state = unsafe { Raw::new(ffi::PyThreadState_Get() as usize) };
    for ((_, offset), getter) in layout.hooks.iter().zip(["gettrace", "getprofile"]) {
        let said = sys.call_method0(getter)?;
        let expected = if said.is_none() { 0 } else { said.as_ptr() as usize };
        if state.is_none_or(|state| state.read::<usize>(*offset) != expected) {
            return Ok(false);
        }
    }
    Ok(true)
}
