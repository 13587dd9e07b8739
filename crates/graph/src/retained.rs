//! Retained sizes: how many bytes go when a node goes.

use crate::cancel::Cancel;
use crate::dominator_tree::DominatorTree;
use crate::heap_graph::{HeapGraph, NodeIx};
use crate::reach::{NodeSet, reachable_without};

/// Retained size of every node, in bytes: the sum of the shallow sizes in its subtree of the dominator tree.
/// An unreachable node retains itself alone. O(nodes).
pub fn retained_sizes(tree: &DominatorTree, shallow: &[u64]) -> Vec<u64> {
    let mut retained = shallow.to_vec();
    sweep(tree, |node, dominator| {
        let size = retained[node.index()];
        let above = &mut retained[dominator.index()];
        *above = above.saturating_add(size);
    });
    retained
}

/// Calls `add` with each node that another one dominates and with its immediate dominator, whole subtrees before
/// what dominates them: a sum over all subtrees in one pass. O(nodes).
pub fn sweep(tree: &DominatorTree, mut add: impl FnMut(NodeIx, NodeIx)) {
    let parts = tree.parts();
    for (place, node) in parts.order.iter().enumerate().rev() {
        // The super-root has no place.
        if let Some(dominator) = parts.order.get(parts.dominator[place] as usize) {
            add(NodeIx::new(*node), NodeIx::new(*dominator));
        }
    }
}

/// Everything that would become unreachable if all nodes of `set` went at once, the set's reachable nodes
/// included. More than the sum of single retained sets when nodes are held jointly. O(nodes + edges).
pub fn retained_set(
    graph: &HeapGraph,
    tree: &DominatorTree,
    roots: &[NodeIx],
    set: &NodeSet,
    cancel: &Cancel,
) -> NodeSet {
    let left = reachable_without(graph, roots, set, cancel);
    let mut retained = NodeSet::new(graph.n_nodes());
    for node in tree.preorder().filter(|node| !left.contains(*node)) {
        retained.insert(node);
    }
    retained
}
