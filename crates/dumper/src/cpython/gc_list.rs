//! Enumerates the objects that the collector tracks.

use std::ffi::{c_int, c_void};

use pyo3::ffi::{self, PyObject};

use super::Facts;
use super::layout::GcListLayout;
use super::object::GC_HEADER;
use super::raw::Raw;

/// How tracked objects are found on this interpreter.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Enumeration {
    /// `PyUnstable_GC_VisitObjects`, 3.12+.
    VisitObjects,
    /// The collector's own lists, 3.9 to 3.11: sees frozen objects too, and takes no memory.
    Lists,
    /// Neither: only what the roots reach is seen.
    RootsOnly,
}

/// Calls `object` with each tracked object. During the call its reference count is `held` too high.
pub fn tracked_objects<F: FnMut(Raw)>(facts: &Facts, mut object: F) {
    match (facts.enumeration, facts.symbols.visit_objects, facts.layout.gc_lists) {
        (Enumeration::VisitObjects, Some(visit_objects), _) => {
            unsafe extern "C" fn visit<F: FnMut(Raw)>(found: *mut PyObject, callback: *mut c_void) -> c_int {
                // SAFETY: `callback` is the closure below; the object is alive.
                unsafe {
                    if let Some(found) = Raw::new(found as usize) {
                        (*callback.cast::<F>())(found);
                    }
                }
                1
            }
            // SAFETY: the callback allocates no Python object and changes no collector state.
            unsafe { visit_objects(visit::<F>, (&raw mut object).cast()) };
        }
        (Enumeration::Lists, _, Some(layout)) => {
            for head in list_heads(layout) {
                let mut header: usize = head.read(0);
                while header != head.address() {
                    // SAFETY: a list of the collector holds headers of live objects; objects follow them.
                    if let Some(found) = unsafe { Raw::new(header + GC_HEADER as usize) } {
                        object(found);
                        header = found.read(-(GC_HEADER as isize));
                    }
                }
            }
        }
        _ => {}
    }
}

/// How much the enumeration itself adds to the count of the object it shows.
pub fn held(facts: &Facts) -> u32 {
    u32::from(facts.enumeration == Enumeration::VisitObjects)
}

/// Whether the collector's lists are where the layout says: each head's neighbours point back at it.
pub fn lists_are_sound(layout: GcListLayout) -> bool {
    const FLAGS: usize = 3;
    list_heads(layout).iter().all(|head| {
        let (next, previous): (usize, usize) = (head.read(0), head.read::<usize>(8) & !FLAGS);
        let is_pointer = |value: usize| value > 0x1000 && value.is_multiple_of(8) && value < 1 << 47;
        is_pointer(next)
            && is_pointer(previous)
            // SAFETY: both look like pointers, into lists whose nodes are at least two words.
            && unsafe { *(next as *const usize).add(1) & !FLAGS == head.address() }
            && unsafe { *(previous as *const usize) == head.address() }
    })
}

/// Young, middle, old and frozen objects.
fn list_heads(layout: GcListLayout) -> Vec<Raw> {
    const SIZE_OF_GENERATION: usize = 24;
    // SAFETY: the GIL is held, so there is an interpreter, which outlives the dump.
    let interpreter = unsafe { ffi::PyInterpreterState_Get() } as usize;
    let generations = (0..3).map(|generation| layout.generations as usize + generation * SIZE_OF_GENERATION);
    generations
        .chain([layout.permanent as usize])
        // SAFETY: fields of the interpreter state.
        .filter_map(|offset| unsafe { Raw::new(interpreter + offset) })
        .collect()
}
