//! What nobody should give heapview, and someone will: files that change while they are open, damaged files whose
//! checksums are sound, odd texts. Nothing here is part of the product.
//!
//! - `tests/` tries each for some seconds, the same in every run.
//! - `src/bin/` looks for inputs by coverage, as long as one likes: `make fuzz`.

#![forbid(unsafe_code)]

pub mod chance;
pub mod container;
pub mod mutate;
pub mod questions;
pub mod sample;
#[cfg(unix)]
pub mod targets;
