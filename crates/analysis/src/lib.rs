//! The questions a person asks of a heap. Answers are plain structs with public fields.
//!
//! # Design constraints
//! - [`Heap`] is immutable and `Sync`: any answer can be computed on any thread.
//! - Questions have no errors, and are asked through [`ask()`], which has: a file may be written to while it is open.
//! - No printing, no terminal, no serialisation: words are `heapview-render`'s.
//! - Lists that can be long come in pages and say how long they are; what is cut says `truncated`.

mod aliases;
mod ask;
mod attributes;
mod characters;
mod closures;
mod costs;
mod error;
mod garbage;
mod groups;
mod heap;
mod index;
mod literal;
mod location;
mod lookups;

mod mentions;
mod names;
mod namespaces;
mod path;
mod progress;
mod reference;
mod references;
mod retained;
mod roots;
mod totals;

pub mod cycles;
pub mod diff;
pub mod dominators;
pub mod duplicates;
pub mod free;
pub mod histogram;
pub mod object;
pub mod paths;
pub mod patterns;
pub mod query;
mod readers;
pub mod selection;
pub mod sites;
pub mod summary;
pub mod suspects;
pub mod top;
pub mod waste;

pub use ask::ask;
pub use attributes::ClassAttribute;
pub use characters::{escaped, is_unseen, push_escape};
pub use closures::free_variable;
pub use error::AnalysisError;
pub use heap::{Heap, Objects};
pub use heapview_graph::Cancel;
pub use index::IndexUse;
pub use literal::{is_identifier, literal, quoted};
pub use location::SourcePlace;
pub use path::{Anchor, Part, PathExpr, Words, path_expr, words_in};
pub use progress::{Progress, Silent};
pub use reference::{Label, Page, Reference};
pub use roots::{HeapRoot, HeapRootKind, HeapThread};
