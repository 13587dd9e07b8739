//! Memory from the system, and back: in pages of two megabytes, as arrays that are read all over otherwise wait for
//! page tables, too.

/// An empty vector with room for `capacity` values. Where the system gives large pages to those who ask (Linux, with
/// `transparent_hugepage` at `madvise`, the default of most distributions), their memory comes in them.
pub fn with_capacity<T>(capacity: usize) -> Vec<T> {
    let values = Vec::with_capacity(capacity);
    #[cfg(target_os = "linux")]
    if capacity.saturating_mul(size_of::<T>()) >= OWN_MAPPING {
        let start = (values.as_ptr() as usize).next_multiple_of(HUGE_PAGE);
        let end = (values.as_ptr() as usize + capacity * size_of::<T>()) / HUGE_PAGE * HUGE_PAGE;
        // SAFETY: the range is memory of the vector, and what is in it stays as it is. Should the system refuse,
        // pages are small.
        unsafe { libc::madvise(start as *mut libc::c_void, end - start, libc::MADV_HUGEPAGE) };
    }
    values
}

/// `len` times `value`; see [`with_capacity`].
pub fn filled<T: Copy>(value: T, len: usize) -> Vec<T> {
    let mut values = with_capacity(len);
    values.resize(len, value);
    values
}

/// Has the allocator give back to the system what nobody uses: glibc keeps up to 64 MiB for each thread.
pub fn give_back() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: it touches only what is free.
    unsafe {
        libc::malloc_trim(0);
    }
}

#[cfg(target_os = "linux")]
const HUGE_PAGE: usize = 2 << 20;

/// From here on glibc gives each array a mapping of its own, and the advice ends with that.
#[cfg(target_os = "linux")]
const OWN_MAPPING: usize = 32 << 20;
