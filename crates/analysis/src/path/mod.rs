//! Paths as people read and type them: Python wherever that can be vouched for, words in angle brackets elsewhere.
//!
//! `features.<cache>[1747]` is a path: where it begins, and parts that follow. What stands in `<...>` is no Python,
//! everything else is: a path without words, evaluated in the live process, gives the very object. Every path that is
//! written is read back and leads to the object it was written for.

mod expr;
mod find;
mod parse;
mod passages;
mod select;
mod spans;
mod typed;
mod well_known;
mod words;
mod write;

pub(crate) use expr::{ANY_KEY, DEEPER};
pub use expr::{Anchor, Part, PathExpr, Words};
pub(crate) use find::{evaluate, last_reference};
pub(crate) use select::select_path;
pub use spans::words_in;
pub(crate) use spans::{key_len, without_brackets};
pub(crate) use words::Anchors;
pub use write::path_expr;
pub(crate) use write::{anchored_pattern, python_path, rooted_pattern};
