//! Stopping the world: free-threaded builds have no GIL that would keep other threads from changing the heap.
//!
//! `PyUnstable_GC_VisitObjects` stops all other threads for as long as it shows objects; what stops them alone is not
//! exported by every version, and stopping twice is a deadlock. So all that must see the heap at one moment is done
//! inside it. It holds the lock of the list of thread states meanwhile: nothing that takes that lock may be called,
//! and nothing that might wait for an object's lock.
//! <https://github.com/python/cpython/blob/3.13/Python/gc_free_threading.c>

use std::ffi::{c_int, c_void};

use pyo3::ffi::{self, PyObject};

use super::Facts;
use super::object::FREE_THREADED;
use super::raw::Raw;
use super::symbols::VisitObjects;

/// Does `work` while no other thread runs Python code; `None` where the world cannot be stopped. `work` makes no
/// Python object, and enumerates none.
pub(crate) fn stopped<R>(facts: &Facts, work: impl FnOnce() -> R) -> Option<R> {
    if !FREE_THREADED {
        return Some(work());
    }
    let visit_objects = facts.symbols.visit_objects?;
    let (mut work, mut result) = (Some(work), None);
    with_an_object(|_| {
        visit(visit_objects, |_| {
            result = work.take().map(|work| work());
            false
        });
    });
    result
}

/// In one stop of the world, calls `start` and then `object` with each tracked object. That there are no more is
/// known only when the world runs again.
pub(crate) fn in_one_stop<S>(
    facts: &Facts,
    state: &mut S,
    start: impl FnOnce(&mut S),
    mut object: impl FnMut(&mut S, Raw),
) {
    let Some(visit_objects) = facts.symbols.visit_objects else { return };
    let mut start = Some(start);
    with_an_object(|ours| {
        visit(visit_objects, |found| {
            if let Some(start) = start.take() {
                start(state);
            }
            if ours != Some(found) {
                object(state, found);
            }
            true
        });
    });
}

/// Calls `object` with each tracked object, for as long as it returns true.
pub(super) fn visit<F: FnMut(Raw) -> bool>(visit_objects: VisitObjects, mut object: F) {
    unsafe extern "C" fn call<F: FnMut(Raw) -> bool>(found: *mut PyObject, callback: *mut c_void) -> c_int {
        // SAFETY: `callback` is the closure below; the object is alive.
        unsafe { Raw::new(found as usize) }
            .is_none_or(|found| unsafe { (*callback.cast::<F>())(found) })
            .into()
    }
    // SAFETY: the callback allocates no Python object that the collector tracks and changes no collector state.
    unsafe { visit_objects(call::<F>, (&raw mut object).cast()) };
}

/// Does `work` while there is at least one object that the collector tracks and `gc.freeze()` has not set apart, and
/// gives its address: where there is none nothing would be visited.
fn with_an_object(work: impl FnOnce(Option<Raw>)) {
    // SAFETY: an empty list of our own, which dies when the work is done; or null, when there is no memory.
    unsafe {
        let list = ffi::PyList_New(0);
        if list.is_null() {
            ffi::PyErr_Clear();
        }
        work(Raw::new(list as usize));
        ffi::Py_XDECREF(list);
    }
}
