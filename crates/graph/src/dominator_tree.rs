//! The dominator tree: who keeps whom alive.

use rayon::prelude::*;

use crate::cancel::Cancel;
use crate::column::Column;
use crate::dominators::{Numbered, immediate_dominators};
use crate::heap_graph::{HeapGraph, NodeIx};
use crate::memory;
use crate::narrow::{NarrowColumn, NarrowParts};
use crate::search::LEAF;

/// No position in the preorder: the node is unreachable, or its dominator is the super-root.
const NONE: u32 = u32::MAX;

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
/// 13 bytes per node, and 8 for each subtree of 255 nodes or more.
#[derive(Debug)]
pub struct DominatorTree {
    /// Reachable nodes in preorder of the tree.
    order: Column<u32>,
    /// Position of each node in `order`; [`NONE`] if it is unreachable.
    position: Column<u32>,
    /// Position of the immediate dominator, by position in `order`; [`NONE`] for the super-root.
    dominator: Column<u32>,
    /// Nodes in the subtree, by position in `order`.
    n_subtree: NarrowColumn,
}

/// The arrays of a [`DominatorTree`], for keeping them in a file.
#[derive(Debug)]
pub struct TreeParts<N, B> {
    pub order: N,
    pub position: N,
    pub dominator: N,
    pub n_subtree: NarrowParts<B, N>,
}

impl DominatorTree {
    /// Dominators of every node that `roots` reach. O(edges log nodes).
    pub fn new(graph: &HeapGraph, roots: &[NodeIx], cancel: &Cancel) -> Self {
        let Numbered { node_of, mut idom, n_leaves, number_of } = immediate_dominators(graph, roots, cancel);
        let n_numbers = node_of.len();
        let mut n_subtree: Vec<u32> = n_leaves.iter().map(|n_leaves| n_leaves + 1).collect();
        for number in (1..n_numbers).rev() {
            n_subtree[idom[number] as usize] += n_subtree[number];
        }
        let n_reachable = n_subtree[0] as usize - 1;
        let mut order = memory::filled(0u32, n_reachable);
        let mut dominator = memory::filled(NONE, n_reachable);
        let mut n_by_position = memory::filled(1u32, n_reachable);
        let mut position = number_of;
        // A dominator comes before all that it dominates in depth-first order, so one pass places everything: each
        // number, its trivial leaves, and then what else it dominates.
        let mut next_place = memory::filled(0u32, n_numbers);
        // The super-root stands before the first position.
        idom[0] = NONE;
        for number in 1..n_numbers {
            cancel.check_in(number);
            let above = idom[number] as usize;
            let place = next_place[above];
            next_place[above] += n_subtree[number];
            let node = node_of[number];
            order[place as usize] = node;
            dominator[place as usize] = idom[above];
            n_by_position[place as usize] = n_subtree[number];
            position[node as usize] = place;
            // From here on the number's own place.
            idom[number] = place;
            let mut next = place + 1;
            if n_leaves[number] > 0 {
                for leaf in graph.out(NodeIx::new(node)) {
                    if position[*leaf as usize] == LEAF {
                        order[next as usize] = *leaf;
                        dominator[next as usize] = place;
                        position[*leaf as usize] = next;
                        next += 1;
                    }
                }
            }
            next_place[number] = next;
        }
        // Before what stays is allocated: above it the allocator could not give this back to the system.
        drop((node_of, idom, n_leaves, n_subtree, next_place));
        position.par_iter_mut().filter(|position| **position == LEAF).for_each(|position| *position = NONE);
        Self {
            order: order.into(),
            position: position.into(),
            dominator: dominator.into(),
            n_subtree: NarrowColumn::new(&n_by_position),
        }
    }

    /// A tree that was computed before. `None` if its arrays are not as long as they must be. What they say is looked at
    /// when it is asked for: a tree that is none gives wrong answers, but no circles, and no nodes that do not exist.
    pub fn from_parts(parts: TreeParts<Column<u32>, Column<u8>>) -> Option<Self> {
        let TreeParts { order, position, dominator, n_subtree } = parts;
        let n_subtree = NarrowColumn::from_parts(n_subtree)?;
        let (n_nodes, n_reachable) = (position.len(), order.len());
        let is_sound =
            dominator.len() == n_reachable && n_subtree.len() == n_reachable && n_reachable <= n_nodes;
        is_sound.then_some(Self { order, position, dominator, n_subtree })
    }

    /// What [`DominatorTree::from_parts`] takes.
    pub fn parts(&self) -> TreeParts<&[u32], &[u8]> {
        TreeParts {
            order: self.order.all(),
            position: self.position.all(),
            dominator: self.dominator.all(),
            n_subtree: self.n_subtree.parts(),
        }
    }

    pub fn immediate_dominator(&self, node: NodeIx) -> Dominator {
        let Some(position) = self.position(node) else { return Dominator::Unreachable };
        // Dominators come before what they dominate, so that whoever goes up arrives.
        let above =
            self.dominator.get(position).map(|above| above as usize).filter(|above| *above < position);
        let dominator = above.and_then(|above| {
            let dominator = self.at(above)?;
            (self.position(dominator) == Some(above)).then_some(dominator)
        });
        dominator.map_or(Dominator::SuperRoot, Dominator::Node)
    }

    pub fn is_reachable(&self, node: NodeIx) -> bool {
        self.position(node).is_some()
    }

    /// Number of nodes that the roots reach.
    pub fn n_reachable(&self) -> usize {
        self.order.len()
    }

    /// Reachable nodes, dominators before what they dominate.
    pub fn preorder(&self) -> impl DoubleEndedIterator<Item = NodeIx> + ExactSizeIterator + '_ {
        self.order.all().iter().map(|node| self.node(*node))
    }

    /// The nodes of [`DominatorTree::preorder`], each with the number of nodes that it dominates, itself included: they
    /// follow it. O(1) for each.
    pub fn subtrees(&self) -> impl Iterator<Item = (NodeIx, usize)> + '_ {
        self.preorder().zip(self.n_subtree.iter().map(|n_nodes| n_nodes as usize))
    }

    /// Nodes whose immediate dominator is `node`; of the super-root for `None`. O(children).
    pub fn children(&self, node: Option<NodeIx>) -> Children<'_> {
        let range = match node.map(|node| self.subtree_range(node)) {
            None => 0..self.order.len(),
            Some(range) => range.start + usize::from(!range.is_empty())..range.end,
        };
        Children { tree: self, next: range.start, end: range.end }
    }

    /// All nodes that `node` dominates, itself first; nothing if it is unreachable.
    pub fn subtree(&self, node: NodeIx) -> impl ExactSizeIterator<Item = NodeIx> + '_ {
        self.order.slice(self.subtree_range(node)).iter().map(|node| self.node(*node))
    }

    /// Whether every path to `below` passes through `above`; every node dominates itself. O(1).
    pub fn dominates(&self, above: NodeIx, below: NodeIx) -> bool {
        self.position(below).is_some_and(|position| self.subtree_range(above).contains(&position))
    }

    /// The node's position in the preorder; `None` if it is unreachable.
    #[inline]
    fn position(&self, node: NodeIx) -> Option<usize> {
        self.position.get(node.index()).map(|at| at as usize).filter(|at| *at < self.order.len())
    }

    /// The node at a position of the preorder.
    fn at(&self, position: usize) -> Option<NodeIx> {
        self.order.get(position).map(|node| self.node(node))
    }

    /// What the order says, which may come from a file, as a node that exists.
    fn node(&self, node: u32) -> NodeIx {
        NodeIx::new(node.min(self.position.len().saturating_sub(1) as u32))
    }

    /// Positions of the node and of all that it dominates; none if it is unreachable.
    fn subtree_range(&self, node: NodeIx) -> std::ops::Range<usize> {
        let Some(start) = self.position(node) else { return 0..0 };
        let end = start.saturating_add(self.n_subtree.get(start).max(1) as usize);
        start..end.min(self.order.len())
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
        let node = self.tree.at(self.next)?;
        self.next = self.next.saturating_add(self.tree.n_subtree.get(self.next).max(1) as usize);
        Some(node)
    }
}
