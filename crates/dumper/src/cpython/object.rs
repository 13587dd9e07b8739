//! The object header: reference count, type, the collector's header, and `tp_traverse`.

use std::ffi::{c_int, c_void};

use pyo3::ffi::PyObject;

use super::layout::{Immortal, Layout};
use super::raw::Raw;

/// Bytes of every object's head.
///
/// The one fact of layout known at compile time: a library made for one kind of build does not load in the other.
pub(crate) const HEAD: isize = size_of::<PyObject>() as isize;
/// Free-threaded builds have a longer head: so much further back lies all that the tables of layouts know.
pub(crate) const SHIFT: isize = HEAD - 16;
/// Whether threads run at the same time: the world must then be stopped, see [`stopped`](super::stopped).
pub(crate) const FREE_THREADED: bool = SHIFT != 0;

/// Bytes of the collector's header, which lies before the object (builds with the GIL).
pub(crate) const GC_HEADER: u64 = if FREE_THREADED { 0 } else { 16 };

// Free-threaded builds: bits of the collector's, and a count of the owning thread's references besides that of all
// others, whose lowest bits are flags.
// https://github.com/python/cpython/blob/3.13/Include/object.h
const MUTEX: isize = 10;
const GC_BITS: isize = 11;
const LOCAL_COUNT: isize = 12;
const SHARED_COUNT: isize = 16;
const SHARED_FLAGS: u32 = 2;
const IS_TRACKED: u8 = 1;
const IS_FROZEN: u8 = 8;
const HAS_DEFERRED_COUNT: u8 = 64;

pub(crate) type Traverse = unsafe extern "C" fn(*mut PyObject, Visit, *mut c_void) -> c_int;
type Visit = unsafe extern "C" fn(*mut PyObject, *mut c_void) -> c_int;

pub(crate) fn type_of(object: Raw) -> Raw {
    // SAFETY: every live object has a type, which it keeps alive.
    unsafe { Raw::new(object.read(HEAD - 8)) }.unwrap_or(object)
}

/// `ob_size` of a variable-sized object.
pub(crate) fn var_size(object: Raw) -> i64 {
    object.read(HEAD)
}

/// The reference count, `u32::MAX` for that or more, and whether the object is immortal.
pub(crate) fn refcount(layout: &Layout, object: Raw) -> (u32, bool) {
    if FREE_THREADED {
        return merged_refcount(layout, object);
    }
    let count = if layout.narrow_refcount { u64::from(object.read::<u32>(0)) } else { object.read(0) };
    let is_immortal = match layout.immortal {
        Immortal::Never => false,
        // Static objects start at this count and are still counted: some counts have moved a little.
        Immortal::Count(start) => count.abs_diff(start) < start / 2,
        Immortal::SignBit => (count as u32 as i32) < 0,
    };
    (u32::try_from(count).unwrap_or(u32::MAX), is_immortal)
}

/// The references of the owning thread and those of all others together, without what the interpreter adds to keep
/// objects with a deferred count from being freed at once.
fn merged_refcount(layout: &Layout, object: Raw) -> (u32, bool) {
    let local: u32 = object.read(LOCAL_COUNT);
    if local == u32::MAX {
        return (local, true);
    }
    let shared = object.read::<i64>(SHARED_COUNT) >> SHARED_FLAGS;
    let added = if is_deferred(object) { layout.deferred_count } else { 0 };
    (u32::try_from((i64::from(local) + shared - added).max(0)).unwrap_or(u32::MAX), false)
}

/// Whether the collector tracks an object of a type whose instances it may track.
pub(crate) fn is_tracked(object: Raw) -> bool {
    if FREE_THREADED {
        return object.read::<u8>(GC_BITS) & IS_TRACKED != 0;
    }
    object.read::<usize>(-(GC_HEADER as isize)) != 0
}

/// Whether `gc.freeze()` has set the object apart, where it says so itself: elsewhere its list does.
pub(crate) fn is_frozen(object: Raw) -> bool {
    FREE_THREADED && object.read::<u8>(GC_BITS) & IS_FROZEN != 0
}

/// Whether the object's count is deferred: the interpreter leaves references out of it, so that only the collector
/// can tell when it is held no more.
pub(crate) fn is_deferred(object: Raw) -> bool {
    FREE_THREADED && object.read::<u8>(GC_BITS) & HAS_DEFERRED_COUNT != 0
}

/// Whether a thread holds the object's lock, or waits for it: CPython's own code may then wait for it too, in vain.
pub(super) fn is_locked(object: Raw) -> bool {
    FREE_THREADED && object.read::<u8>(MUTEX) != 0
}

/// Appends the address of everything that the object's `tp_traverse` reports.
///
/// `tp_traverse` neither allocates nor changes counts: <https://docs.python.org/3/c-api/gcsupport.html#c.traverseproc>
pub(crate) fn traverse(object: Raw, traverse: Traverse, referents: &mut Vec<usize>) {
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
    // SAFETY: the object is alive, collectable by its own type's word, and the world stands still.
    unsafe { traverse(object.as_ptr(), visit, std::ptr::from_mut(referents).cast()) };
}
