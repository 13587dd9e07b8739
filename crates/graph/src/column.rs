//! Arrays that the graph owns or that somebody else keeps.

use std::fmt;
use std::ops::Range;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Numbers that somebody else keeps, such as those of a file: they never change, and looking at some of them may take
/// longer the first time.
pub trait Numbers<T>: Send + Sync {
    fn len(&self) -> usize;

    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Those in `range`, which ends at [`Numbers::len`] or before.
    fn slice(&self, range: Range<usize>) -> &[T];

    /// All of them, copied.
    fn to_vec(&self) -> Vec<T>;
}

/// An array that does not change, wherever it is kept.
pub struct Column<T: 'static>(Storage<T>);

enum Storage<T: 'static> {
    Owned(Vec<T>),
    Kept(Kept<T>),
}

/// Numbers that somebody else keeps. Who asks for a good part of them one by one goes through all: they are then copied,
/// since looking is faster than asking.
struct Kept<T: 'static> {
    numbers: Box<dyn Numbers<T>>,
    len: usize,
    n_asked: AtomicUsize,
    copied: OnceLock<Vec<T>>,
}

/// So many are asked for one by one, whatever the column's length.
const FEW: usize = 1 << 12;
/// And this part of the column.
const PART: usize = 16;

impl<T: Copy> Kept<T> {
    /// `range` ends at `len` or before.
    #[inline]
    fn slice(&self, range: Range<usize>) -> &[T] {
        match self.copied.get() {
            Some(copied) => copied.get(range).unwrap_or_default(),
            None => self.ask(range),
        }
    }

    #[cold]
    fn ask(&self, range: Range<usize>) -> &[T] {
        if self.n_asked.fetch_add(1, Ordering::Relaxed) < FEW + self.len / PART {
            return self.numbers.slice(range);
        }
        let copied = self.copied.get_or_init(|| self.numbers.to_vec());
        copied.get(range).unwrap_or_default()
    }
}

impl<T: Copy> Column<T> {
    /// Asks `numbers` for those that are wanted.
    pub fn kept(numbers: Box<dyn Numbers<T>>) -> Self {
        Self(Storage::Kept(Kept {
            len: numbers.len(),
            numbers,
            n_asked: AtomicUsize::new(0),
            copied: OnceLock::new(),
        }))
    }

    pub fn len(&self) -> usize {
        match &self.0 {
            Storage::Owned(values) => values.len(),
            Storage::Kept(kept) => kept.len,
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The number at a place, if there is one.
    #[inline]
    pub fn get(&self, at: usize) -> Option<T> {
        match &self.0 {
            Storage::Owned(values) => values.get(at).copied(),
            Storage::Kept(kept) if at < kept.len => kept.slice(at..at + 1).first().copied(),
            Storage::Kept(_) => None,
        }
    }

    /// The numbers in `range`; fewer if there are not as many.
    #[inline]
    pub fn slice(&self, range: Range<usize>) -> &[T] {
        let end = range.end.min(self.len());
        let range = range.start.min(end)..end;
        match &self.0 {
            Storage::Owned(values) => &values[range],
            Storage::Kept(kept) => kept.slice(range),
        }
    }

    /// All numbers.
    pub fn all(&self) -> &[T] {
        match &self.0 {
            Storage::Owned(values) => values,
            Storage::Kept(kept) => {
                kept.copied.get().map_or_else(|| kept.numbers.slice(0..kept.len), Vec::as_slice)
            }
        }
    }
}

impl<T> From<Vec<T>> for Column<T> {
    fn from(values: Vec<T>) -> Self {
        Self(Storage::Owned(values))
    }
}

impl<T: Copy> fmt::Debug for Column<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Column of {}", self.len())
    }
}
