//! Paths as people read and type them: Python wherever that can be vouched for, words in angle brackets elsewhere.
//!
//! `features.<cache>[1747]` is a path: where it begins, and parts that follow. What stands in `<...>` is no Python,
//! everything else is: a path without words, evaluated in the live process, gives the very object. Every path that is
//! written is read back and leads to the object it was written for.

mod expr;
mod find;
mod parse;
mod select;
mod words;
mod write;

pub(crate) use expr::{ANY_KEY, DEEPER, Part, PathExpr};
pub(crate) use find::{evaluate, last_reference};
pub(crate) use parse::without_brackets;
pub use parse::words_in;
pub(crate) use select::select_path;
pub(crate) use words::Anchors;
pub use write::{PathText, path_text};
pub(crate) use write::{anchored_pattern, rooted_pattern};
