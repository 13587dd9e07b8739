//! Functions of CPython outside the limited API, and of the C library, found by name at run time: absent ones are `None`.

use std::ffi::{CStr, c_int, c_uint, c_void};

use pyo3::ffi::{PyInterpreterState, PyObject, PyThreadState};

use super::child_allocators::Allocator;

pub(super) type VisitObjects =
    unsafe extern "C" fn(unsafe extern "C" fn(*mut PyObject, *mut c_void) -> c_int, *mut c_void);

/// glibc's `struct mallinfo2`. <https://man7.org/linux/man-pages/man3/mallinfo.3.html>
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub(crate) struct MallInfo2 {
    pub arena: usize,
    pub ordblks: usize,
    pub smblks: usize,
    pub hblks: usize,
    /// Bytes in blocks with a mapping of their own.
    pub hblkhd: usize,
    pub usmblks: usize,
    pub fsmblks: usize,
    /// Bytes in use.
    pub uordblks: usize,
    /// Bytes free.
    pub fordblks: usize,
    pub keepcost: usize,
}

/// What this interpreter exports beyond the limited API.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Symbols {
    /// 3.12+: <https://docs.python.org/3/c-api/gcsupport.html#c.PyUnstable_GC_VisitObjects>
    pub visit_objects: Option<VisitObjects>,
    pub interpreter_head: Option<unsafe extern "C" fn() -> *mut PyInterpreterState>,
    pub interpreter_next: Option<unsafe extern "C" fn(*mut PyInterpreterState) -> *mut PyInterpreterState>,
    pub thread_head: Option<unsafe extern "C" fn(*mut PyInterpreterState) -> *mut PyThreadState>,
    pub thread_next: Option<unsafe extern "C" fn(*mut PyThreadState) -> *mut PyThreadState>,
    /// Line of a bytecode offset; allocates nothing.
    pub code_line: Option<unsafe extern "C" fn(*mut PyObject, c_int) -> c_int>,
    /// 3.12+: static builtin types keep their dict in the interpreter.
    pub type_dict: Option<unsafe extern "C" fn(*mut PyObject) -> *mut PyObject>,
    /// 3.10+; both return whether it was enabled.
    pub gc_disable: Option<unsafe extern "C" fn() -> c_int>,
    pub gc_enable: Option<unsafe extern "C" fn() -> c_int>,
    /// Forgets that a block of a domain is traced.
    pub untrack_memory: Option<unsafe extern "C" fn(c_uint, usize) -> c_int>,
    /// Where a block of a domain was allocated.
    pub traceback: Option<unsafe extern "C" fn(c_uint, usize) -> *mut PyObject>,
    /// Replaces the allocator of a domain.
    pub set_allocator: Option<unsafe extern "C" fn(c_int, *const Allocator)>,
    /// Prints pymalloc's report; returns 0 if pymalloc is not in use.
    pub debug_malloc_stats: Option<unsafe extern "C" fn(*mut libc::FILE) -> c_int>,
    /// Addresses of `PyMem_RawMalloc`, `PyMem_RawFree` and `PyMem_RawRealloc`.
    pub raw_allocator: Option<[usize; 3]>,
    /// glibc 2.33+.
    pub mallinfo2: Option<unsafe extern "C" fn() -> MallInfo2>,
}

impl Symbols {
    pub(crate) fn load() -> Self {
        // SAFETY: each name is paired with the signature that CPython's headers give it, the same in 3.9 to 3.15.
        unsafe {
            Self {
                visit_objects: symbol(c"PyUnstable_GC_VisitObjects"),
                interpreter_head: symbol(c"PyInterpreterState_Head"),
                interpreter_next: symbol(c"PyInterpreterState_Next"),
                thread_head: symbol(c"PyInterpreterState_ThreadHead"),
                thread_next: symbol(c"PyThreadState_Next"),
                code_line: symbol(c"PyCode_Addr2Line"),
                type_dict: symbol(c"PyType_GetDict"),
                gc_disable: symbol(c"PyGC_Disable"),
                gc_enable: symbol(c"PyGC_Enable"),
                untrack_memory: symbol(c"PyTraceMalloc_Untrack"),
                traceback: symbol(c"_PyTraceMalloc_GetTraceback"),
                set_allocator: symbol(c"PyMem_SetAllocator"),
                debug_malloc_stats: symbol(c"_PyObject_DebugMallocStats"),
                raw_allocator: raw_allocator(),
                mallinfo2: symbol(c"mallinfo2"),
            }
        }
    }
}

fn raw_allocator() -> Option<[usize; 3]> {
    // SAFETY: the functions are not called: any function pointer type will do.
    let address = |name| unsafe { symbol::<unsafe extern "C" fn()>(name) }.map(|found| found as usize);
    Some([address(c"PyMem_RawMalloc")?, address(c"PyMem_RawFree")?, address(c"PyMem_RawRealloc")?])
}

/// # Safety
/// `F` must be a function pointer type with the signature of the symbol.
unsafe fn symbol<F: Copy>(name: &CStr) -> Option<F> {
    assert_eq!(size_of::<F>(), size_of::<*mut c_void>(), "symbols are read as function pointers");
    // SAFETY: dlsym only reads the name.
    let found = unsafe { libc::dlsym(libc::RTLD_DEFAULT, name.as_ptr()) };
    // SAFETY: the caller's promise; sizes agree.
    (!found.is_null()).then(|| unsafe { std::mem::transmute_copy(&found) })
}
