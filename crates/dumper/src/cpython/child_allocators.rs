//! Python's allocators in a child process, which must not call `malloc`: what the few calls of a walk into Python
//! allocate comes from the child's own memory, and is not traced.

use std::ffi::{c_int, c_void};

use super::Facts;
use crate::child_memory;

/// Those of raw memory, of buffers and of objects.
const DOMAINS: std::ops::Range<c_int> = 0..3;

/// `PyMemAllocatorEx`, the same in 3.9 to 3.15. <https://docs.python.org/3/c-api/memory.html#c.PyMemAllocatorEx>
#[derive(Debug)]
#[repr(C)]
pub(crate) struct Allocator {
    context: *mut c_void,
    malloc: unsafe extern "C" fn(*mut c_void, usize) -> *mut c_void,
    calloc: unsafe extern "C" fn(*mut c_void, usize, usize) -> *mut c_void,
    realloc: unsafe extern "C" fn(*mut c_void, *mut c_void, usize) -> *mut c_void,
    free: unsafe extern "C" fn(*mut c_void, *mut c_void),
}

/// Lets Python allocate from the child's own memory from now on. Blocks that it had before are never given back, and
/// cannot grow.
pub(crate) fn leave_malloc(facts: &Facts) {
    let Some(set_allocator) = facts.symbols.set_allocator else { return };
    let allocator = Allocator { context: std::ptr::null_mut(), malloc, calloc, realloc, free };
    for domain in DOMAINS {
        // SAFETY: the domains exist; the struct is copied. This process has one thread.
        unsafe { set_allocator(domain, &raw const allocator) };
    }
}

unsafe extern "C" fn malloc(_context: *mut c_void, size: usize) -> *mut c_void {
    child_memory::block(size).cast()
}

unsafe extern "C" fn calloc(_context: *mut c_void, n: usize, size: usize) -> *mut c_void {
    let Some(size) = n.checked_mul(size) else { return std::ptr::null_mut() };
    let block = child_memory::block(size);
    if !block.is_null() {
        // SAFETY: at least as long.
        unsafe { block.write_bytes(0, size) };
    }
    block.cast()
}

unsafe extern "C" fn realloc(_context: *mut c_void, block: *mut c_void, size: usize) -> *mut c_void {
    // SAFETY: Python's own promise: null, or a block that it had from an allocator and has not given back.
    unsafe { child_memory::grown(block.cast(), size).cast() }
}

unsafe extern "C" fn free(_context: *mut c_void, block: *mut c_void) {
    // SAFETY: as above.
    unsafe { child_memory::give_back_block(block.cast()) };
}
