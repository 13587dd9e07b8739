//! What can be reached from the roots.

use crate::cancel::Cancel;
use crate::heap_graph::{HeapGraph, NodeIx};

/// A set of nodes, one bit each.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NodeSet {
    words: Vec<u64>,
}

impl NodeSet {
    /// The empty set over `n_nodes` nodes.
    pub fn new(n_nodes: usize) -> Self {
        Self { words: vec![0; n_nodes.div_ceil(64)] }
    }

    /// Adds a node; true when it was not in the set.
    pub fn insert(&mut self, node: NodeIx) -> bool {
        let (word, bit) = (&mut self.words[node.index() / 64], 1u64 << (node.index() % 64));
        let is_new = *word & bit == 0;
        *word |= bit;
        is_new
    }

    pub fn contains(&self, node: NodeIx) -> bool {
        self.words[node.index() / 64] >> (node.index() % 64) & 1 == 1
    }

    /// Number of nodes in the set. O(nodes of the graph).
    pub fn len(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    pub fn is_empty(&self) -> bool {
        self.words.iter().all(|word| *word == 0)
    }
}

/// Nodes that `roots` reach. O(nodes + edges).
pub fn reachable(graph: &HeapGraph, roots: &[NodeIx]) -> NodeSet {
    reachable_without(graph, roots, &NodeSet::new(graph.n_nodes()), &Cancel::NEVER)
}

/// Nodes that `roots` reach when the nodes of `gone` are taken out. O(nodes + edges).
pub fn reachable_without(graph: &HeapGraph, roots: &[NodeIx], gone: &NodeSet, cancel: &Cancel) -> NodeSet {
    let mut reached = NodeSet::new(graph.n_nodes());
    extend_reachable(graph, &mut reached, roots, gone, cancel);
    reached
}

/// Adds to `reached` what `roots` reach besides, without the nodes of `gone`. O(what is added and its edges).
pub fn extend_reachable(
    graph: &HeapGraph,
    reached: &mut NodeSet,
    roots: &[NodeIx],
    gone: &NodeSet,
    cancel: &Cancel,
) {
    let mut stack: Vec<NodeIx> = Vec::new();
    let mut n_nodes = 0;
    for root in roots {
        if !gone.contains(*root) && reached.insert(*root) {
            stack.push(*root);
        }
        while let Some(node) = stack.pop() {
            n_nodes += 1;
            cancel.check_in(n_nodes);
            for target in graph.out(node) {
                let target = NodeIx::new(*target);
                if !gone.contains(target) && reached.insert(target) {
                    stack.push(target);
                }
            }
        }
    }
}
