//! Path patterns: best paths with indices and keys replaced by `*`, so that ten thousand paths become one.
//!
//! `SESSIONS[*].history` stands for the path of each session's history. Keys stay where a dict is a record: few
//! entries, and the key an identifier. Where a structure holds its own kind, such as a tree or a linked list, all
//! depths are one pattern: `TREE.**.children`.

mod groups;
mod step;
mod text;
mod tree;

pub(crate) use groups::most_frequent;
pub use groups::{PatternRow, Patterns, patterns};
pub(crate) use step::has_class;
pub(crate) use text::of_pattern;
pub(crate) use tree::PatternTree;
