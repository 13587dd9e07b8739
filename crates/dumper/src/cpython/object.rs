//! The object header: reference count, type, the collector's header, and `tp_traverse`.

use std::ffi::{c_int, c_void};

use pyo3::ffi::PyObject;

use super::layout::{Immortal, Layout};
use super::raw::Raw;

/// Bytes of the collector's header, which lies before the object (builds with the GIL).
pub const GC_HEADER: u64 = 16;

pub type Traverse = unsafe extern "C" fn(*mut PyObject, Visit, *mut c_void) -> c_int;
type Visit = unsafe extern "C" fn(*mut PyObject, *mut c_void) -> c_int;

pub fn type_of(object: Raw) -> Raw {
    // SAFETY: every live object has a type, which it keeps alive.
    unsafe { Raw::new(object.read(8)) }.unwrap_or(object)
}

/// `ob_size` of a variable-sized object.
pub fn var_size(object: Raw) -> i64 {
    object.read(16)
}

/// The reference count, `u32::MAX` for that or more, and whether the object is immortal.
pub fn refcount(layout: &Layout, object: Raw) -> (u32, bool) {
    let count = if layout.narrow_refcount { u64::from(object.read::<u32>(0)) } else { object.read(0) };
    let is_immortal = match layout.immortal {
        Immortal::Never => false,
        // Static objects start at this count and are still counted: some counts have moved a little.
        Immortal::Count(start) => count.abs_diff(start) < start / 2,
        Immortal::SignBit => (count as u32 as i32) < 0,
    };
    (u32::try_from(count).unwrap_or(u32::MAX), is_immortal)
}

/// Whether the collector tracks an object of a type with a collector's header.
pub fn is_tracked(object: Raw) -> bool {
    object.read::<usize>(-(GC_HEADER as isize)) != 0
}

/// Appends the address of everything that the object's `tp_traverse` reports.
///
/// `tp_traverse` neither allocates nor changes counts: <https://docs.python.org/3/c-api/gcsupport.html#c.traverseproc>
pub fn traverse(object: Raw, traverse: Traverse, referents: &mut Vec<usize>) {
    unsafe extern "C" fn visit(referent: *mut PyObject, referents: *mut c_void) -> c_int {
        // SAFETY: `referents` is the vector passed below, borrowed by nobody else meanwhile.
        let referents = unsafe { &mut *referents.cast::<Vec<usize>>() };
        if referents.try_reserve(1).is_err() {
            return 1;
        }
        if !referent.is_null() {
            referents.push(referent as usize);
        }
        0
    }
    // SAFETY: the object is alive, collectable by its own type's word, and the GIL is held.
    unsafe { traverse(object.as_ptr(), visit, std::ptr::from_mut(referents).cast()) };
}
