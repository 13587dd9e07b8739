//! A live object by its address, and the raw reads that everything else in this room is made of.

use std::ffi::CStr;

/// The address of an object (or of a frame) that stays alive while the world is stopped.
///
/// Made in few places, each of which states why the address is good; the reads below rely on it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Raw(usize);

impl Raw {
    /// # Safety
    /// `address` must be 0 or a live object or interpreter frame, and stay so for as long as the value is used.
    pub(crate) unsafe fn new(address: usize) -> Option<Self> {
        (address != 0).then_some(Self(address))
    }

    pub(crate) fn address(self) -> usize {
        self.0
    }

    /// Reads a `T` that lies `offset` bytes into the object.
    pub(super) fn read<T: Copy>(self, offset: isize) -> T {
        // SAFETY: the object is alive, and the layout tables that give the offsets are checked by the self-test.
        unsafe { ((self.0 as isize + offset) as *const T).read_unaligned() }
    }

    /// The object that the pointer at `offset` names.
    pub(super) fn pointer(self, offset: isize) -> Option<Raw> {
        // SAFETY: fields listed in the layout tables hold owned references, which are null or alive.
        unsafe { Raw::new(self.read(offset)) }
    }

    pub(super) fn bytes<'a>(self, offset: isize, len: usize) -> &'a [u8] {
        // SAFETY: as for `read`; callers pass lengths that the object itself states.
        unsafe { std::slice::from_raw_parts((self.0 as isize + offset) as *const u8, len) }
    }

    /// The C string that the pointer at `offset` names.
    pub(super) fn c_string<'a>(self, offset: isize) -> &'a CStr {
        let start: usize = self.read(offset);
        if start == 0 {
            return c"";
        }
        // SAFETY: `tp_name` and the names of members are NUL-terminated for as long as their type lives.
        unsafe { CStr::from_ptr(start as *const _) }
    }

    /// Tells the processor that the object's head is about to be read: a walk over a large heap mostly waits for it.
    pub(crate) fn prefetch(self) {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: a hint, which reads nothing.
        unsafe {
            use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
            _mm_prefetch::<_MM_HINT_T0>(self.0 as *const i8);
        }
    }

    /// As a pointer for calls into CPython.
    pub(crate) fn as_ptr(self) -> *mut pyo3::ffi::PyObject {
        self.0 as *mut _
    }
}

/// For adapters, whose libraries have layouts of their own.
impl Raw {
    /// Reads a plain value that an adapter's layout puts at `offset`.
    pub(crate) fn field<T: Copy>(self, offset: isize) -> T {
        self.read(offset)
    }

    /// The object named by the pointer that an adapter's layout puts at `offset`.
    pub(crate) fn object(self, offset: isize) -> Option<Raw> {
        self.pointer(offset)
    }
}
