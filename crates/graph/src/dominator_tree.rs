//! The dominator tree: who keeps whom alive.

use crate::dominators::immediate_dominators;
use crate::heap_graph::{HeapGraph, NodeIx};

const UNREACHABLE: u32 = u32::MAX;
const SUPER_ROOT: u32 = u32::MAX - 1;

/// The closest object that every path from the roots passes through.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Dominator {
    Node(NodeIx),
    /// Roots, and nodes that several roots hold independently.
    SuperRoot,
    /// No root reaches the node.
    Unreachable,
}

/// Immediate dominators as a tree, stored as its preorder: each subtree is one contiguous run.
///
/// 16 bytes per node.
#[derive(Debug)]
pub struct DominatorTree {
    idom: Vec<u32>,
    /// Reachable nodes in preorder of the tree.
    order: Vec<u32>,
    /// Position of each reachable node in `order`.
    position: Vec<u32>,
    /// Nodes in the subtree, by position in `order`.
    n_subtree: Vec<u32>,
}

impl DominatorTree {
    /// Dominators of every node that `roots` reach. O(edges log nodes).
    pub fn new(graph: &HeapGraph, roots: &[NodeIx]) -> Self {
        let found = immediate_dominators(graph, roots);
        let n_numbers = found.node_of.len();
        let mut n_subtree = vec![1u32; n_numbers];
        for number in (1..n_numbers).rev() {
            n_subtree[found.idom[number] as usize] += n_subtree[number];
        }
        // A dominator comes before all that it dominates in depth-first order, so one pass places everything.
        let mut next_place = vec![0u32; n_numbers];
        let mut order = vec![0u32; n_numbers - 1];
        let mut n_by_position = vec![0u32; n_numbers - 1];
        let mut position = found.number_of;
        let mut idom = vec![UNREACHABLE; graph.n_nodes()];
        for number in 1..n_numbers {
            let dominator = found.idom[number] as usize;
            let place = next_place[dominator];
            next_place[dominator] += n_subtree[number];
            next_place[number] = place + 1;
            let node = found.node_of[number];
            order[place as usize] = node;
            n_by_position[place as usize] = n_subtree[number];
            position[node as usize] = place;
            idom[node as usize] = if dominator == 0 { SUPER_ROOT } else { found.node_of[dominator] };
        }
        Self { idom, order, position, n_subtree: n_by_position }
    }

    pub fn immediate_dominator(&self, node: NodeIx) -> Dominator {
        match self.idom[node.index()] {
            UNREACHABLE => Dominator::Unreachable,
            SUPER_ROOT => Dominator::SuperRoot,
            node => Dominator::Node(NodeIx::new(node)),
        }
    }

    pub fn is_reachable(&self, node: NodeIx) -> bool {
        self.idom[node.index()] != UNREACHABLE
    }

    /// Number of nodes that the roots reach.
    pub fn n_reachable(&self) -> usize {
        self.order.len()
    }

    /// Reachable nodes, dominators before what they dominate.
    pub fn preorder(&self) -> impl DoubleEndedIterator<Item = NodeIx> + ExactSizeIterator + '_ {
        self.order.iter().map(|node| NodeIx::new(*node))
    }

    /// Nodes whose immediate dominator is `node`; of the super-root for `None`. O(children).
    pub fn children(&self, node: Option<NodeIx>) -> Children<'_> {
        match node {
            None => Children { tree: self, next: 0, end: self.order.len() },
            Some(node) if self.is_reachable(node) => {
                let range = self.subtree_range(node);
                Children { tree: self, next: range.start + 1, end: range.end }
            }
            Some(_) => Children { tree: self, next: 0, end: 0 },
        }
    }

    /// All nodes that `node` dominates, itself first; nothing if it is unreachable.
    pub fn subtree(&self, node: NodeIx) -> impl ExactSizeIterator<Item = NodeIx> + '_ {
        let range = if self.is_reachable(node) { self.subtree_range(node) } else { 0..0 };
        self.order[range].iter().map(|node| NodeIx::new(*node))
    }

    /// Whether every path to `below` passes through `above`; every node dominates itself. O(1).
    pub fn dominates(&self, above: NodeIx, below: NodeIx) -> bool {
        self.is_reachable(above)
            && self.is_reachable(below)
            && self.subtree_range(above).contains(&(self.position[below.index()] as usize))
    }

    fn subtree_range(&self, node: NodeIx) -> std::ops::Range<usize> {
        let start = self.position[node.index()] as usize;
        start..start + self.n_subtree[start] as usize
    }
}

/// Iterates over the children of one node.
#[derive(Clone, Debug)]
pub struct Children<'a> {
    tree: &'a DominatorTree,
    next: usize,
    end: usize,
}

impl Iterator for Children<'_> {
    type Item = NodeIx;

    fn next(&mut self) -> Option<NodeIx> {
        if self.next >= self.end {
            return None;
        }
        let node = self.tree.order[self.next];
        self.next += self.tree.n_subtree[self.next] as usize;
        Some(NodeIx::new(node))
    }
}
