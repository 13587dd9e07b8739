//! Arrays that the graph owns or borrows from a file.

use std::fmt;
use std::ops::Deref;

use rayon::prelude::*;

/// A slice whose owner is somebody else, such as a mapped file.
pub type SharedSlice<T> = Box<dyn AsRef<[T]> + Send + Sync>;

/// An array that does not change, wherever it is kept.
pub struct Column<T: 'static>(Storage<T>);

enum Storage<T: 'static> {
    Owned(Vec<T>),
    Shared(SharedSlice<T>),
}

impl<T> Column<T> {
    /// Borrows from `slice`, which must return the same elements at each call.
    pub fn shared(slice: SharedSlice<T>) -> Self {
        Self(Storage::Shared(slice))
    }
}

impl<T> From<Vec<T>> for Column<T> {
    fn from(values: Vec<T>) -> Self {
        Self(Storage::Owned(values))
    }
}

impl<T> Deref for Column<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        match &self.0 {
            Storage::Owned(values) => values,
            Storage::Shared(slice) => (**slice).as_ref(),
        }
    }
}

impl<T> fmt::Debug for Column<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Column of {}", self.len())
    }
}

/// Whether all values are less than `limit`. O(n) on all threads.
pub(crate) fn are_below(values: &[u32], limit: usize) -> bool {
    let limit = u32::try_from(limit).unwrap_or(u32::MAX);
    values.par_chunks(1 << 16).all(|part| part.iter().filter(|value| **value >= limit).count() == 0)
}
