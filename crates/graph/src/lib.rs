//! Arithmetic on the nodes and edges of a heap: dominators, retained sizes, reachability, cheapest paths, cycles.
//!
//! # Design constraints
//! - Flat arrays of `u32` and `u64`; no names, no files, no errors.
//! - No recursion: a linked list of ten million nodes is an ordinary input.
//! - Everything is linear, or linear times a logarithm, on every input: snapshots are untrusted.
//! - What may take long takes a [`Cancel`], or calls what was given it so often that the caller can look at one.
//!
//! ```
//! use heapview_graph::{Cancel, DominatorTree, HeapGraph, NodeIx, retained_sizes};
//!
//! // 0 -> 1 -> 2, and 0 -> 2: node 2 is held by 0 twice, by 1 not alone.
//! let graph = HeapGraph::from_csr(vec![0, 2, 3, 3], vec![1, 2, 2]);
//! let tree = DominatorTree::new(&graph, &[NodeIx::new(0)], &Cancel::NEVER);
//! assert_eq!(retained_sizes(&tree, &[10, 20, 30]), [60, 20, 30]);
//! ```

mod adjacency;
mod bucket_queue;
mod cancel;
mod column;
mod cut;
mod cycles;
mod detour;
mod dominator_tree;
mod dominators;
mod heap_graph;
mod loss;
pub mod memory;
mod narrow;
mod paths;
mod prefetch;
mod reach;
mod retained;
mod search;

pub use cancel::{Cancel, Cancelled};
pub use column::{Column, Numbers};
pub use cut::{CutCosts, CutLimits, MinimumCut, UNCUTTABLE, minimum_cut};
pub use cycles::{Cycles, cycles};
pub use detour::path_clear_of;
pub use dominator_tree::{Children, Dominator, DominatorTree, TreeParts};
pub use heap_graph::{HeapGraph, Incoming, Neighbors, NodeIx, Resolve};
pub use loss::{CutEdges, extend_reachable_cutting, waiting_for_collector};
pub use narrow::{NarrowColumn, NarrowParts};
pub use paths::{CheapestTree, Detour, Path, PathEdge, PathParts};
pub use reach::{NodeSet, extend_reachable, reachable, reachable_without};
pub use retained::{retained_set, retained_sizes, sweep};
