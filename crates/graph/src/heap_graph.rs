//! The reference graph: out- and in-adjacency as flat arrays, walkable by petgraph's algorithms.

use std::fmt;
use std::ops::Range;
use std::sync::OnceLock;

use petgraph::visit::{GraphBase, IntoNeighbors, IntoNeighborsDirected, NodeCount, NodeIndexable, Visitable};
use rayon::prelude::*;

use crate::adjacency::{incoming_offsets, incoming_sources};
use crate::column::{Column, are_below};

/// Position of a node, 0 .. `n_nodes`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct NodeIx(u32);

impl NodeIx {
    pub const fn new(position: u32) -> Self {
        Self(position)
    }

    pub const fn get(self) -> u32 {
        self.0
    }

    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// A directed graph that does not change. Parallel edges are kept; there are fewer than 2^32 edges.
///
/// Targets and sources are worked out when they are first asked for, if they were not given.
pub struct HeapGraph {
    out_offsets: Column<u32>,
    out_targets: OnceLock<Column<u32>>,
    resolve: Option<Resolve>,
    in_offsets: Column<u32>,
    in_sources: OnceLock<Column<u32>>,
}

/// Finds the targets of all edges, in order.
pub type Resolve = Box<dyn Fn() -> Vec<u32> + Send + Sync>;

impl HeapGraph {
    /// Takes the out-adjacency in CSR form. O(nodes + edges), and as much again when sources are first asked for.
    ///
    /// # Panics
    /// If `out_offsets` is empty, descends, or does not end at the number of targets, or if a target is no node:
    /// callers build both from checked data.
    pub fn from_csr(out_offsets: Vec<u32>, out_targets: Vec<u32>) -> Self {
        let n_nodes =
            out_offsets.len().checked_sub(1).expect("offsets have one entry more than there are nodes");
        assert!(
            out_offsets.is_sorted() && out_offsets[n_nodes] as usize == out_targets.len(),
            "offsets are sound"
        );
        assert!(out_targets.par_iter().all(|target| (*target as usize) < n_nodes), "targets are nodes");
        let in_offsets = incoming_offsets(n_nodes, &out_targets);
        Self {
            out_offsets: out_offsets.into(),
            out_targets: OnceLock::from(Column::from(out_targets)),
            resolve: None,
            in_offsets: in_offsets.into(),
            in_sources: OnceLock::new(),
        }
    }

    /// Takes offsets and sources that were worked out before; `resolve` is called when targets are first asked for.
    /// `None` if offsets descend, do not end at the number of edges, or if a source is no node. O(nodes + edges).
    pub fn from_parts(
        out_offsets: Column<u32>,
        in_offsets: Column<u32>,
        in_sources: Column<u32>,
        resolve: Resolve,
    ) -> Option<Self> {
        let n_nodes = out_offsets.len().checked_sub(1)?;
        let is_sound = |offsets: &[u32]| {
            offsets.len() == n_nodes + 1
                && offsets[0] == 0
                && offsets[n_nodes] as usize == in_sources.len()
                && are_ascending(offsets)
        };
        if !is_sound(&out_offsets) || !is_sound(&in_offsets) || !are_below(&in_sources, n_nodes) {
            return None;
        }
        let in_sources = OnceLock::from(in_sources);
        Some(Self {
            out_offsets,
            out_targets: OnceLock::new(),
            resolve: Some(resolve),
            in_offsets,
            in_sources,
        })
    }

    pub fn n_nodes(&self) -> usize {
        self.out_offsets.len() - 1
    }

    pub fn n_edges(&self) -> usize {
        self.out_offsets[self.n_nodes()] as usize
    }

    /// Targets of the node's edges, in the order in which they were given.
    pub fn out(&self, node: NodeIx) -> &[u32] {
        &self.targets()[self.out_edges(node)]
    }

    /// Where the edge at this position ends.
    pub fn target(&self, edge: usize) -> NodeIx {
        NodeIx(self.targets()[edge])
    }

    /// Sources of the edges that end at the node; once for each parallel edge.
    pub fn incoming(&self, node: NodeIx) -> &[u32] {
        let (start, end) = (self.in_offsets[node.index()], self.in_offsets[node.index() + 1]);
        &self.sources()[start as usize..end as usize]
    }

    /// Number of edges that leave the node.
    pub fn n_out(&self, node: NodeIx) -> usize {
        self.out_edges(node).len()
    }

    /// Number of edges that end at the node.
    pub fn n_incoming(&self, node: NodeIx) -> usize {
        (self.in_offsets[node.index() + 1] - self.in_offsets[node.index()]) as usize
    }

    /// Positions of the node's edges among all edges.
    pub fn out_edges(&self, node: NodeIx) -> Range<usize> {
        self.out_offsets[node.index()] as usize..self.out_offsets[node.index() + 1] as usize
    }

    /// Targets of all edges.
    pub fn targets(&self) -> &[u32] {
        self.out_targets.get_or_init(|| {
            let mut targets = self.resolve.as_ref().map_or_else(Vec::new, |resolve| resolve());
            // What the caller finds is another matter than what it promised; neither may be out of bounds later.
            targets.resize(self.n_edges(), 0);
            let n_nodes = self.n_nodes() as u32;
            targets.par_iter_mut().filter(|target| **target >= n_nodes).for_each(|target| *target = 0);
            targets.into()
        })
    }

    /// Sources of the edges in the order of their targets.
    pub fn sources(&self) -> &[u32] {
        self.in_sources
            .get_or_init(|| incoming_sources(&self.out_offsets, self.targets(), &self.in_offsets).into())
    }

    /// Where each node's edges begin among all edges, and where the last one's end.
    pub fn out_offsets(&self) -> &[u32] {
        &self.out_offsets
    }

    /// Where each node's incoming edges begin among [`HeapGraph::sources`], and where the last one's end.
    pub fn in_offsets(&self) -> &[u32] {
        &self.in_offsets
    }
}

impl fmt::Debug for HeapGraph {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HeapGraph of {} nodes and {} edges", self.n_nodes(), self.n_edges())
    }
}

/// Whether no offset is less than the one before. O(n) on all threads.
fn are_ascending(offsets: &[u32]) -> bool {
    const TASK: usize = 1 << 14;
    let part = |start: usize| &offsets[start..offsets.len().min(start + TASK + 1)];
    let ascends = |part: &[u32]| part.windows(2).filter(|pair| pair[0] > pair[1]).count() == 0;
    (0..offsets.len().div_ceil(TASK)).into_par_iter().all(|task| ascends(part(task * TASK)))
}

/// Neighbours of one node.
pub struct Neighbors<'a>(std::slice::Iter<'a, u32>);

impl Iterator for Neighbors<'_> {
    type Item = NodeIx;

    fn next(&mut self) -> Option<NodeIx> {
        self.0.next().map(|node| NodeIx(*node))
    }
}

impl GraphBase for HeapGraph {
    type NodeId = NodeIx;
    type EdgeId = usize;
}

impl<'a> IntoNeighbors for &'a HeapGraph {
    type Neighbors = Neighbors<'a>;

    fn neighbors(self, node: NodeIx) -> Neighbors<'a> {
        Neighbors(self.out(node).iter())
    }
}

impl<'a> IntoNeighborsDirected for &'a HeapGraph {
    type NeighborsDirected = Neighbors<'a>;

    fn neighbors_directed(self, node: NodeIx, direction: petgraph::Direction) -> Neighbors<'a> {
        match direction {
            petgraph::Direction::Outgoing => Neighbors(self.out(node).iter()),
            petgraph::Direction::Incoming => Neighbors(self.incoming(node).iter()),
        }
    }
}

impl NodeCount for HeapGraph {
    fn node_count(&self) -> usize {
        self.n_nodes()
    }
}

impl NodeIndexable for HeapGraph {
    fn node_bound(&self) -> usize {
        self.n_nodes()
    }

    fn to_index(&self, node: NodeIx) -> usize {
        node.index()
    }

    fn from_index(&self, index: usize) -> NodeIx {
        NodeIx(index as u32)
    }
}

impl Visitable for HeapGraph {
    type Map = std::collections::HashSet<NodeIx>;

    fn visit_map(&self) -> Self::Map {
        Self::Map::new()
    }

    fn reset_map(&self, map: &mut Self::Map) {
        map.clear();
    }
}
