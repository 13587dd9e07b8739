//! Thread states of the interpreter.

use pyo3::ffi;

use super::Facts;
use super::interpreter::part;
use super::raw::Raw;

/// One thread state and the thread's identifier, as `threading.get_ident()` gives it.
#[derive(Clone, Copy, Debug)]
pub struct Thread {
    pub state: Raw,
    pub ident: u64,
}

/// All threads of the running interpreter that have run Python code.
///
/// On free-threaded builds the world must be stopped.
pub fn threads(facts: &Facts) -> Vec<Thread> {
    let thread = |state: Raw| Thread { state, ident: state.read(facts.layout.threads.id) };
    if let Some((first, next)) = facts.layout.threads.list {
        let first = part(first).and_then(|place| place.pointer(0));
        return std::iter::successors(first, |state| state.pointer(next)).map(thread).collect();
    }
    let (Some(head), Some(next)) = (facts.symbols.thread_head, facts.symbols.thread_next) else {
        return Vec::new();
    };
    let mut threads = Vec::new();
    // SAFETY: the GIL is held, so no thread state comes or goes.
    unsafe {
        let mut state = head(ffi::PyInterpreterState_Get());
        while let Some(raw) = Raw::new(state as usize) {
            threads.push(thread(raw));
            state = next(state);
        }
    }
    threads
}

/// What a thread state holds besides its frames, with a name for each.
pub fn held_by_thread(facts: &Facts, state: Raw) -> impl Iterator<Item = (&'static str, Raw)> {
    let held = facts.layout.threads.held.iter().filter(|_| facts.interpreter);
    held.filter_map(move |(name, offset)| Some((*name, state.pointer(*offset)?)))
}
