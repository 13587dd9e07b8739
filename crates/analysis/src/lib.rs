//! The questions a person asks of a heap. Answers are plain structs with public fields.
//!
//! # Design constraints
//! - [`Heap`] is immutable and `Sync`: any answer can be computed on any thread.
//! - Questions have no errors, and are asked through [`ask()`], which has: a file may be written to while it is open.
//! - No printing, no terminal, no serialisation: words are `heapview-render`'s.
//! - Lists that can be long come in pages and say how long they are; what is cut says `truncated`.
//!
//! Any algorithm of petgraph's runs on an open snapshot:
//!
//! ```
//! use heapview_analysis::{Heap, NodeIx, Silent};
//! use heapview_snapshot::*;
//! use petgraph::visit::Bfs;
//!
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("snap.rkyv");
//! # let mut writer = SnapshotWriter::create(&path)?;
//! # let list = writer.add_type(&TypeRow::named("builtins", "list", Address::new(0x100)));
//! # for (address, held) in [(0x200, Some(0x300)), (0x300, None), (0x400, None)] {
//! #     if let Some(held) = held {
//! #         writer.edge(EdgeKind::Item, 0, Address::new(held));
//! #     }
//! #     writer.object(&ObjectRecord {
//! #         address: Address::new(address),
//! #         type_ix: list,
//! #         shallow_size: 64,
//! #         refcount: 1,
//! #         flags: ObjectFlags::TRACKED,
//! #         preview: None,
//! #     });
//! # }
//! # writer.finish(Meta::default())?;
//! let heap = Heap::open(&path, &Silent)?;
//! let outer = heap.snapshot().find(Address::new(0x200)).expect("it was written");
//! let graph = heap.graph();
//! let mut search = Bfs::new(graph, NodeIx::new(outer.get()));
//! let mut reached = Vec::new();
//! while let Some(node) = search.next(graph) {
//!     reached.push(heap.shallow_size(ObjectIx::new(node.get())));
//! }
//! assert_eq!(reached, [64, 64]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![forbid(unsafe_code)]

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
#[cfg(test)]
mod testing;
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
pub mod surroundings;
pub mod suspects;
pub mod top;
pub mod waste;

pub use ask::ask;
pub use attributes::ClassAttribute;
pub use characters::{escaped, is_unseen, push_escape};
pub use closures::free_variable;
pub use error::AnalysisError;
pub use heap::{Heap, Objects};
pub use heapview_graph::{Cancel, HeapGraph, NodeIx};
pub use index::IndexUse;
pub use literal::{is_identifier, literal, quoted};
pub use location::SourcePlace;
pub use path::{Anchor, Part, PathExpr, Words, path_expr, words_in};
pub use progress::{Progress, Silent};
pub use reference::{Label, Page, Reference};
pub use roots::{HeapRoot, HeapRootKind, HeapThread};
