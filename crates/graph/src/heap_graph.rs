//! The reference graph: out- and in-adjacency as flat arrays, walkable by petgraph's algorithms.

use std::ops::Range;

use petgraph::visit::{GraphBase, IntoNeighbors, IntoNeighborsDirected, NodeCount, NodeIndexable, Visitable};
use rayon::prelude::*;

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

/// A directed graph that does not change. Parallel edges are kept.
#[derive(Debug)]
pub struct HeapGraph {
    out_offsets: Vec<u64>,
    out_targets: Vec<u32>,
    in_offsets: Vec<u64>,
    in_sources: Vec<u32>,
}

impl HeapGraph {
    /// Takes the out-adjacency in CSR form and builds the in-adjacency. O(nodes + edges).
    ///
    /// # Panics
    /// If `out_offsets` is empty, descends, or does not end at the number of targets, or if a target is no node:
    /// callers build both from checked data.
    pub fn from_csr(out_offsets: Vec<u64>, out_targets: Vec<u32>) -> Self {
        let n_nodes =
            out_offsets.len().checked_sub(1).expect("offsets have one entry more than there are nodes");
        assert!(
            out_offsets.is_sorted() && out_offsets[n_nodes] == out_targets.len() as u64,
            "offsets are sound"
        );
        assert!(out_targets.par_iter().all(|target| (*target as usize) < n_nodes), "targets are nodes");
        let mut in_offsets = vec![0u64; n_nodes + 1];
        for target in &out_targets {
            in_offsets[*target as usize + 1] += 1;
        }
        for node in 0..n_nodes {
            in_offsets[node + 1] += in_offsets[node];
        }
        // Filled from each node's end downwards; the offsets then point at the starts again.
        let mut in_sources = vec![0u32; out_targets.len()];
        let mut next: Vec<u64> = in_offsets[..n_nodes].to_vec();
        for node in 0..n_nodes {
            for edge in out_offsets[node]..out_offsets[node + 1] {
                let slot = &mut next[out_targets[edge as usize] as usize];
                in_sources[*slot as usize] = node as u32;
                *slot += 1;
            }
        }
        Self { out_offsets, out_targets, in_offsets, in_sources }
    }

    pub fn n_nodes(&self) -> usize {
        self.out_offsets.len() - 1
    }

    pub fn n_edges(&self) -> usize {
        self.out_targets.len()
    }

    /// Targets of the node's edges, in the order in which they were given.
    pub fn out(&self, node: NodeIx) -> &[u32] {
        &self.out_targets[self.out_edges(node)]
    }

    /// Where the edge at this position ends.
    pub fn target(&self, edge: usize) -> NodeIx {
        NodeIx(self.out_targets[edge])
    }

    /// Sources of the edges that end at the node; once for each parallel edge.
    pub fn incoming(&self, node: NodeIx) -> &[u32] {
        let (start, end) = (self.in_offsets[node.index()], self.in_offsets[node.index() + 1]);
        &self.in_sources[start as usize..end as usize]
    }

    /// Positions of the node's edges among all edges.
    pub fn out_edges(&self, node: NodeIx) -> Range<usize> {
        self.out_offsets[node.index()] as usize..self.out_offsets[node.index() + 1] as usize
    }
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
