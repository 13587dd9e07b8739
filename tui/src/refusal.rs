//! Why a text names no objects.

use std::ops::Range;

/// Why a text names no objects.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refusal {
    pub message: String,
    /// The place in the text, in bytes, if it is known.
    pub at: Option<Range<usize>>,
}
