//! Paths that keep clear of some nodes.

use std::collections::{HashMap, VecDeque};

use crate::heap_graph::{HeapGraph, NodeIx};
use crate::paths::{CheapestTree, Path, PathEdge};

/// A path from a root to `node` that touches no node of `blocked`: the cheapest one if that is clear, else one found
/// backwards from `node`, breadth first. `None` if there is none, or none within `limit` nodes.
///
/// `is_root` is asked for nodes whose own cheapest path is not clear: they may be roots all the same.
pub fn path_clear_of(
    graph: &HeapGraph,
    tree: &CheapestTree,
    node: NodeIx,
    blocked: &dyn Fn(NodeIx) -> bool,
    is_root: &dyn Fn(NodeIx) -> bool,
    limit: usize,
) -> Option<Path> {
    if blocked(node) {
        return None;
    }
    let mut next_of: HashMap<u32, Option<PathEdge>> = HashMap::from([(node.get(), None)]);
    let mut queue = VecDeque::from([node]);
    while let Some(here) = queue.pop_front() {
        let start = if tree.cost(here).is_some() && is_clear(tree, here, blocked) {
            tree.path(graph, here)
        } else {
            is_root(here).then(|| Path { root: here, edges: Vec::new() })
        };
        if let Some(mut path) = start {
            let mut at = here;
            while let Some(Some(edge)) = next_of.get(&at.get()) {
                path.edges.push(*edge);
                at = graph.target(edge.edge);
            }
            return Some(path);
        }
        for source in graph.incoming(here) {
            if blocked(source) || next_of.contains_key(&source.get()) || next_of.len() >= limit {
                continue;
            }
            let nth = graph.out(source).iter().position(|target| *target == here.get())?;
            let edge = PathEdge { from: source, edge: graph.out_edges(source).start + nth };
            next_of.insert(source.get(), Some(edge));
            queue.push_back(source);
        }
    }
    None
}

fn is_clear(tree: &CheapestTree, node: NodeIx, blocked: &dyn Fn(NodeIx) -> bool) -> bool {
    // A tree from a file may go round in a circle.
    let mut on_path = std::iter::successors(Some(node), |node| tree.parent(*node)).take(tree.n_nodes());
    on_path.all(|node| !blocked(node))
}
