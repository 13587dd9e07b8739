//! The reference graph: out- and in-adjacency as flat arrays, walkable by petgraph's algorithms.

use std::fmt;
use std::ops::Range;
use std::sync::OnceLock;

use petgraph::visit::{GraphBase, IntoNeighbors, IntoNeighborsDirected, NodeCount, NodeIndexable, Visitable};
use rayon::prelude::*;

use crate::adjacency::{incoming_offsets, incoming_sources};
use crate::column::Column;

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
    n_nodes: usize,
    n_edges: usize,
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
        let n_edges = out_targets.len();
        Self {
            n_nodes,
            n_edges,
            out_offsets: out_offsets.into(),
            out_targets: OnceLock::from(Column::from(out_targets)),
            resolve: None,
            in_offsets: in_offsets.into(),
            in_sources: OnceLock::new(),
        }
    }

    /// Takes offsets and sources that were worked out before; `resolve` is called when targets are first asked for.
    /// `None` if there are not as many offsets as there must be. What they and the sources say is looked at when it is
    /// asked for: edges may be wrong, but none leads to a node that does not exist. O(1).
    pub fn from_parts(
        out_offsets: Column<u32>,
        in_offsets: Column<u32>,
        in_sources: Column<u32>,
        resolve: Resolve,
    ) -> Option<Self> {
        let n_nodes = out_offsets.len().checked_sub(1)?;
        let n_edges = in_sources.len();
        if in_offsets.len() != n_nodes + 1 || n_edges >= u32::MAX as usize {
            return None;
        }
        Some(Self {
            out_offsets,
            out_targets: OnceLock::new(),
            resolve: Some(resolve),
            in_offsets,
            in_sources: OnceLock::from(in_sources),
            n_nodes,
            n_edges,
        })
    }

    pub fn n_nodes(&self) -> usize {
        self.n_nodes
    }

    pub fn n_edges(&self) -> usize {
        self.n_edges
    }

    /// Targets of the node's edges, in the order in which they were given.
    #[inline]
    pub fn out(&self, node: NodeIx) -> &[u32] {
        &self.targets()[self.out_edges(node)]
    }

    /// Where the edge at this position ends.
    pub fn target(&self, edge: usize) -> NodeIx {
        NodeIx(self.targets()[edge])
    }

    /// Sources of the edges that end at the node; once for each parallel edge.
    pub fn incoming(&self, node: NodeIx) -> Incoming<'_> {
        let edges = range_of(&self.in_offsets, node, self.n_edges);
        Incoming { sources: self.in_sources().slice(edges).iter(), n_nodes: self.n_nodes as u32 }
    }

    /// Number of edges that leave the node.
    pub fn n_out(&self, node: NodeIx) -> usize {
        self.out_edges(node).len()
    }

    /// Number of edges that end at the node.
    pub fn n_incoming(&self, node: NodeIx) -> usize {
        range_of(&self.in_offsets, node, self.n_edges).len()
    }

    /// Positions of the node's edges among all edges.
    #[inline]
    pub fn out_edges(&self, node: NodeIx) -> Range<usize> {
        range_of(&self.out_offsets, node, self.n_edges)
    }

    /// Targets of all edges.
    pub fn targets(&self) -> &[u32] {
        let targets = self.out_targets.get_or_init(|| {
            let mut targets = self.resolve.as_ref().map_or_else(Vec::new, |resolve| resolve());
            // What the caller finds is another matter than what it promised; neither may be out of bounds later.
            targets.resize(self.n_edges, 0);
            let n_nodes = self.n_nodes as u32;
            targets.par_iter_mut().filter(|target| **target >= n_nodes).for_each(|target| *target = 0);
            targets.into()
        });
        targets.all()
    }

    /// Sources of the edges in the order of their targets.
    pub fn sources(&self) -> &[u32] {
        self.in_sources().all()
    }

    fn in_sources(&self) -> &Column<u32> {
        self.in_sources.get_or_init(|| {
            incoming_sources(self.out_offsets.all(), self.targets(), self.in_offsets.all()).into()
        })
    }

    /// Where each node's edges begin among all edges, and where the last one's end.
    pub fn out_offsets(&self) -> &[u32] {
        self.out_offsets.all()
    }

    /// Where each node's incoming edges begin among [`HeapGraph::sources`], and where the last one's end.
    pub fn in_offsets(&self) -> &[u32] {
        self.in_offsets.all()
    }
}

/// Positions between the node's offset and the next. Offsets of a file may be anything; those that were worked out
/// ascend up to `n_edges`.
#[inline]
fn range_of(offsets: &Column<u32>, node: NodeIx, n_edges: usize) -> Range<usize> {
    let [start, end] = match *offsets.slice(node.index()..node.index() + 2) {
        [start, end] => [start, end].map(|offset| (offset as usize).min(n_edges)),
        _ => [0, 0],
    };
    start..end.max(start)
}

/// Nodes with an edge to one node.
#[derive(Clone, Debug)]
pub struct Incoming<'a> {
    sources: std::slice::Iter<'a, u32>,
    n_nodes: u32,
}

impl Iterator for Incoming<'_> {
    type Item = NodeIx;

    #[inline]
    fn next(&mut self) -> Option<NodeIx> {
        // What comes from a file may be no node.
        self.sources.next().map(|source| NodeIx((*source).min(self.n_nodes.saturating_sub(1))))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.sources.size_hint()
    }
}

impl ExactSizeIterator for Incoming<'_> {}

impl fmt::Debug for HeapGraph {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HeapGraph of {} nodes and {} edges", self.n_nodes(), self.n_edges())
    }
}

/// Neighbours of one node.
pub enum Neighbors<'a> {
    Outgoing(std::slice::Iter<'a, u32>),
    Incoming(Incoming<'a>),
}

impl Iterator for Neighbors<'_> {
    type Item = NodeIx;

    fn next(&mut self) -> Option<NodeIx> {
        match self {
            Self::Outgoing(targets) => targets.next().map(|node| NodeIx(*node)),
            Self::Incoming(sources) => sources.next(),
        }
    }
}

impl GraphBase for HeapGraph {
    type NodeId = NodeIx;
    type EdgeId = usize;
}

impl<'a> IntoNeighbors for &'a HeapGraph {
    type Neighbors = Neighbors<'a>;

    fn neighbors(self, node: NodeIx) -> Neighbors<'a> {
        Neighbors::Outgoing(self.out(node).iter())
    }
}

impl<'a> IntoNeighborsDirected for &'a HeapGraph {
    type NeighborsDirected = Neighbors<'a>;

    fn neighbors_directed(self, node: NodeIx, direction: petgraph::Direction) -> Neighbors<'a> {
        match direction {
            petgraph::Direction::Outgoing => Neighbors::Outgoing(self.out(node).iter()),
            petgraph::Direction::Incoming => Neighbors::Incoming(self.incoming(node)),
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
