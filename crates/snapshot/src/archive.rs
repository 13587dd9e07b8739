//! Where the vectors of an archive lie, and their values read from there.
//!
//! Positions are taken out of an archive once, and checked then; whatever the bytes are later, no value leads out of
//! the archive.

use std::marker::PhantomData;
use std::ops::Range;

use rkyv::Portable;
use rkyv::vec::ArchivedVec;

use crate::container::u64_at;

/// The bytes of an archive, wherever they are.
pub(crate) trait Bytes<'a>: Copy {
    /// The bytes of `range`; none, or fewer, if it does not lie in the archive.
    fn get(self, range: Range<usize>) -> &'a [u8];

    /// Replaces what is in `buffer` by the bytes of `range`, and keeps nothing in memory that was not there.
    fn copy(self, range: Range<usize>, buffer: &mut Vec<u8>) {
        buffer.clear();
        buffer.extend_from_slice(self.get(range));
    }

    /// The bytes of one value; zeros if it does not lie in the archive.
    #[inline]
    fn array<const LEN: usize>(self, at: usize) -> [u8; LEN] {
        self.get(at..at + LEN).first_chunk().copied().unwrap_or([0; LEN])
    }
}

impl<'a> Bytes<'a> for &'a [u8] {
    #[inline]
    fn get(self, range: Range<usize>) -> &'a [u8] {
        <[u8]>::get(self, range).unwrap_or_default()
    }
}

/// A value of a column.
pub(crate) trait Value: Copy + Default {
    const LEN: usize;

    /// The value in the first bytes; of too few bytes its default.
    fn read(bytes: &[u8]) -> Self;

    /// The value at a place of an archive.
    fn at<'a>(bytes: impl Bytes<'a>, place: usize) -> Self;
}

macro_rules! numbers {
    ($($number:ty),*) => {$(
        impl Value for $number {
            const LEN: usize = size_of::<$number>();

            #[inline]
            fn read(bytes: &[u8]) -> Self {
                bytes.first_chunk().map_or(0, |bytes| <$number>::from_le_bytes(*bytes))
            }

            #[inline]
            fn at<'a>(bytes: impl Bytes<'a>, place: usize) -> Self {
                Self::from_le_bytes(bytes.array(place))
            }
        }
    )*};
}

numbers!(u8, u16, u32, u64);

/// The values of one vector of an archive.
#[derive(Debug)]
pub(crate) struct Span<T> {
    /// Offset in the archive.
    start: u32,
    len: u32,
    value: PhantomData<T>,
}

impl<T> Clone for Span<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Span<T> {}

impl<T: Value> Span<T> {
    pub(crate) fn len(self) -> usize {
        self.len as usize
    }

    /// The value in `row`; a default where there is no such row.
    #[inline]
    pub(crate) fn at<'a>(self, bytes: impl Bytes<'a>, row: usize) -> T {
        if row >= self.len as usize {
            return T::default();
        }
        T::at(bytes, self.start as usize + row * T::LEN)
    }

    /// The bytes of some rows; of fewer where there are not as many.
    #[inline]
    pub(crate) fn raw<'a>(self, bytes: impl Bytes<'a>, rows: Range<usize>) -> &'a [u8] {
        let end = rows.end.min(self.len as usize);
        let start = rows.start.min(end);
        bytes.get(self.start as usize + start * T::LEN..self.start as usize + end * T::LEN)
    }

    /// All values, of which none stays in memory.
    pub(crate) fn copied<'a>(self, bytes: impl Bytes<'a>) -> Vec<T> {
        let mut buffer = Vec::new();
        let start = self.start as usize;
        bytes.copy(start..start + self.len as usize * T::LEN, &mut buffer);
        buffer.chunks_exact(T::LEN).map(T::read).collect()
    }

    /// All values.
    pub(crate) fn values<'a>(self, bytes: impl Bytes<'a>) -> impl Iterator<Item = T> {
        self.raw(bytes, 0..self.len()).chunks_exact(T::LEN).map(T::read)
    }
}

/// Finds the vectors of the struct at the end of an archive.
pub(crate) struct Root<'a> {
    bytes: &'a [u8],
    /// Offset of these bytes, which end with the archive.
    start: usize,
    at: usize,
}

impl<'a> Root<'a> {
    /// The root of an archive of `len` bytes, of which `bytes` are the last; `None` if it is not among them.
    pub(crate) fn new<A: Portable>(bytes: &'a [u8], len: usize) -> Option<Self> {
        let at = len.checked_sub(size_of::<A>())? / align_of::<A>() * align_of::<A>();
        let start = len.checked_sub(bytes.len())?;
        // The position of the root is that of an archive without anything behind it.
        (at >= start && at + size_of::<A>() == len).then_some(Self { bytes, start, at })
    }

    /// The vector that stands `offset` bytes behind the root's start; `None` if it does not lie in the archive.
    pub(crate) fn span<T: Value>(&self, offset: usize) -> Option<Span<T>> {
        // A distance from here, and a number of values.
        const { assert!(size_of::<ArchivedVec<u8>>() == 16) };
        let at = self.at + offset;
        let row = self.bytes.get(at - self.start..)?.first_chunk::<16>()?;
        let (distance, len) = (u64_at(row, 0).cast_signed(), u64_at(row, 8));
        let len = u32::try_from(len).ok()?;
        if len == 0 {
            return Some(Span { start: 0, len: 0, value: PhantomData });
        }
        let start = (at as u64).checked_add_signed(distance)?;
        let end = start.checked_add(u64::from(len).checked_mul(T::LEN as u64)?)?;
        let is_inside = end <= (self.start + self.bytes.len()) as u64;
        is_inside.then_some(Span { start: u32::try_from(start).ok()?, len, value: PhantomData })
    }
}
