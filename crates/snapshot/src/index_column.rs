//! Numbers of an index, read when they are asked for. With `pieces.rs` the only place of this crate with unsafe code.

use std::marker::PhantomData;
use std::ops::Range;
use std::sync::Arc;

use crate::pieces::{Extent, PieceFile};

mod sealed {
    pub trait Sealed {}
    impl Sealed for u8 {}
    impl Sealed for u32 {}
    impl Sealed for u64 {}
}

/// A number of which every pattern of bits is one.
pub trait Number: sealed::Sealed + Copy + Default + Send + Sync + 'static {}

impl Number for u8 {}
impl Number for u32 {}
impl Number for u64 {}

/// A column of an index. Keeps the file open; an answer that can no longer be read ends the question: see
/// [`crate::readable`].
#[derive(Clone, Debug)]
pub struct IndexColumn<T> {
    file: Arc<PieceFile>,
    body: Extent,
    /// Bytes of the body: aligned for `T`, and a whole number of them.
    bytes: Range<usize>,
    number: PhantomData<T>,
}

impl<T: Number> IndexColumn<T> {
    /// `None` if the numbers do not lie in the body, or are not aligned, or if this machine writes numbers otherwise.
    pub(crate) fn new(file: Arc<PieceFile>, body: Extent, offset: u64, len: u64) -> Option<Self> {
        let start = usize::try_from(offset).ok()?.checked_sub(body.start())?;
        let n_bytes = usize::try_from(len).ok()?.checked_mul(size_of::<T>())?;
        let bytes = start..start.checked_add(n_bytes).filter(|end| *end <= body.len())?;
        // The memory begins with the file, at a page.
        let is_aligned = (body.start() + start).is_multiple_of(align_of::<T>());
        (is_aligned && cfg!(target_endian = "little")).then_some(Self {
            file,
            body,
            bytes,
            number: PhantomData,
        })
    }

    pub fn len(&self) -> usize {
        self.bytes.len() / size_of::<T>()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The numbers in `range`; fewer if there are not as many.
    pub fn slice(&self, range: Range<usize>) -> &[T] {
        let end = range.end.min(self.len());
        let start = range.start.min(end);
        let bytes = self.bytes.start + start * size_of::<T>()..self.bytes.start + end * size_of::<T>();
        let bytes = self.file.bytes(&self.body, bytes);
        if bytes.is_empty() {
            return &[];
        }
        // SAFETY: `Number` is sealed to u8, u32 and u64, of which every pattern of bits is valid; `new` has checked that the
        // bytes are aligned, and they are cut to whole numbers.
        unsafe { std::slice::from_raw_parts(bytes.as_ptr().cast::<T>(), bytes.len() / size_of::<T>()) }
    }

    /// The number at a place, if there is one.
    pub fn get(&self, at: usize) -> Option<T> {
        self.slice(at..at.saturating_add(1)).first().copied()
    }

    /// All numbers.
    pub fn all(&self) -> &[T] {
        self.slice(0..self.len())
    }

    /// All numbers, in memory of their own: the file keeps none for them.
    pub fn to_vec(&self) -> Vec<T> {
        let mut numbers = vec![T::default(); self.len()];
        // SAFETY: as in `slice`, the other way round: whatever is written to the bytes of these numbers is a number.
        let bytes = unsafe {
            std::slice::from_raw_parts_mut(numbers.as_mut_ptr().cast::<u8>(), size_of_val(&*numbers))
        };
        self.file.fill(&self.body, self.bytes.start, bytes);
        numbers
    }
}

/// Numbers that were worked out, or those of an index.
#[derive(Debug)]
pub(crate) enum Stored<T> {
    Owned(Vec<T>),
    InFile(IndexColumn<T>),
}

impl<T: Number> Stored<T> {
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Owned(numbers) => numbers.len(),
            Self::InFile(column) => column.len(),
        }
    }

    #[inline]
    pub(crate) fn get(&self, at: usize) -> Option<T> {
        match self {
            Self::Owned(numbers) => numbers.get(at).copied(),
            Self::InFile(column) => column.get(at),
        }
    }

    pub(crate) fn all(&self) -> &[T] {
        match self {
            Self::Owned(numbers) => numbers,
            Self::InFile(column) => column.all(),
        }
    }
}
