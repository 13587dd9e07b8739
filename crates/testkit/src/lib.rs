//! Small heaps for tests: written object by object, or in a line of text, and saved as snapshots.
#![forbid(unsafe_code)]

mod classes;
mod sketch;
mod story;

pub use sketch::{Held, Sketch, address};
pub use story::Story;
