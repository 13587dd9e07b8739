//! What goes when edges are cut.

use std::collections::HashSet;

use crate::cancel::Cancel;
use crate::heap_graph::{HeapGraph, NodeIx};
use crate::paths::PathEdge;
use crate::reach::NodeSet;

/// Edges taken out of a graph.
#[derive(Clone, Debug)]
pub struct CutEdges {
    sources: NodeSet,
    edges: HashSet<usize>,
}

impl CutEdges {
    pub fn new(graph: &HeapGraph, edges: impl IntoIterator<Item = PathEdge>) -> Self {
        let mut sources = NodeSet::new(graph.n_nodes());
        let edges = edges
            .into_iter()
            .map(|edge| {
                sources.insert(edge.from);
                edge.edge
            })
            .collect();
        Self { sources, edges }
    }

    fn contains(&self, from: NodeIx, edge: usize) -> bool {
        self.sources.contains(from) && self.edges.contains(&edge)
    }
}

/// Adds to `reached` what `roots` reach along edges that are not cut, and calls `added` with each node.
/// O(what is added and its edges).
pub fn extend_reachable_cutting(
    graph: &HeapGraph,
    reached: &mut NodeSet,
    roots: &[NodeIx],
    cut: &CutEdges,
    mut added: impl FnMut(NodeIx),
) {
    let mut stack: Vec<NodeIx> = Vec::new();
    for root in roots {
        if reached.insert(*root) {
            stack.push(*root);
        }
        while let Some(node) = stack.pop() {
            added(node);
            for edge in graph.out_edges(node) {
                let target = graph.target(edge);
                if !cut.contains(node, edge) && reached.insert(target) {
                    stack.push(target);
                }
            }
        }
    }
}

/// Of the nodes `gone`, those that wait for the cycle collector: reference counting alone does not free them, for
/// they are held in a cycle, by a node outside `gone`, or by one that `is_deferred`, which is freed by the collector
/// alone. O(nodes of `gone` and their edges).
pub fn waiting_for_collector(
    graph: &HeapGraph,
    gone: &[NodeIx],
    cut: &CutEdges,
    is_deferred: impl Fn(NodeIx) -> bool,
    cancel: &Cancel,
) -> Vec<NodeIx> {
    let mut is_gone = NodeSet::new(graph.n_nodes());
    for node in gone {
        is_gone.insert(*node);
    }
    let mut n_holders = vec![0u64; graph.n_nodes()];
    for node in gone {
        n_holders[node.index()] += graph.n_incoming(*node) as u64;
    }
    let mut freed = NodeSet::new(graph.n_nodes());
    let mut stack: Vec<NodeIx> = Vec::new();
    let let_go = |target: NodeIx, n_holders: &mut Vec<u64>, stack: &mut Vec<NodeIx>| {
        let left = &mut n_holders[target.index()];
        *left = left.saturating_sub(1);
        if *left == 0 && is_gone.contains(target) && !is_deferred(target) {
            stack.push(target);
        }
    };
    for edge in &cut.edges {
        let_go(graph.target(*edge), &mut n_holders, &mut stack);
    }
    let mut n_rounds = 0;
    while let Some(node) = stack.pop() {
        n_rounds += 1;
        cancel.check_in(n_rounds);
        if !freed.insert(node) {
            continue;
        }
        for edge in graph.out_edges(node).filter(|edge| !cut.contains(node, *edge)) {
            let_go(graph.target(edge), &mut n_holders, &mut stack);
        }
    }
    gone.iter().copied().filter(|node| !freed.contains(*node)).collect()
}
