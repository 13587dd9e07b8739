//! Numbers read in place from a mapped file. With `chunks.rs` the only place of this crate with unsafe code.

use std::fs::File;
use std::io;
use std::marker::PhantomData;
use std::ops::Range;
use std::sync::Arc;

use memmap2::Mmap;

/// Maps a file for reading.
pub(crate) fn map(file: &File) -> io::Result<Mmap> {
    // SAFETY: the map is read only; that nobody cuts the file meanwhile is the documented condition of `Snapshot`, and
    // this library replaces its files, it does not write into them.
    unsafe { Mmap::map(file) }
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for u8 {}
    impl Sealed for u32 {}
    impl Sealed for u64 {}
}

/// A number of which every pattern of bits is one.
pub trait Number: sealed::Sealed + Copy + Send + Sync + 'static {}

impl Number for u8 {}
impl Number for u32 {}
impl Number for u64 {}

/// A column of an index. Borrows from the mapped file, which it keeps open.
#[derive(Clone, Debug)]
pub struct IndexColumn<T> {
    file: Arc<Mmap>,
    /// Bytes of the file: aligned for `T`, and a whole number of them.
    bytes: Range<usize>,
    number: PhantomData<T>,
}

impl<T: Number> IndexColumn<T> {
    /// `None` if the numbers do not lie in the file, or are not aligned, or if this machine writes numbers otherwise.
    pub(crate) fn new(file: Arc<Mmap>, offset: u64, len: u64) -> Option<Self> {
        let start = usize::try_from(offset).ok()?;
        let n_bytes = usize::try_from(len).ok()?.checked_mul(size_of::<T>())?;
        let bytes = start..start.checked_add(n_bytes)?;
        let found = file.get(bytes.clone())?;
        let is_aligned = found.as_ptr().addr().is_multiple_of(align_of::<T>());
        (is_aligned && cfg!(target_endian = "little")).then_some(Self { file, bytes, number: PhantomData })
    }
}

impl<T: Number> AsRef<[T]> for IndexColumn<T> {
    fn as_ref(&self) -> &[T] {
        let bytes = &self.file[self.bytes.clone()];
        // SAFETY: `Number` is sealed to u8, u32 and u64, of which every pattern of bits is valid; `new` has checked that the
        // bytes are aligned, and the slice is cut to whole numbers.
        unsafe { std::slice::from_raw_parts(bytes.as_ptr().cast::<T>(), bytes.len() / size_of::<T>()) }
    }
}
