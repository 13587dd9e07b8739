//! The dominator tree: who keeps whom alive.

use rayon::prelude::*;

use crate::column::Column;
use crate::dominators::{Numbered, immediate_dominators};
use crate::heap_graph::{HeapGraph, NodeIx};
use crate::memory;
use crate::narrow::{NarrowColumn, NarrowParts};
use crate::search::LEAF;

/// No position in the preorder: the node is unreachable, or its dominator is the super-root.
const NONE: u32 = u32::MAX;
/// Places checked by one task.
const TASK: usize = 1 << 14;

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
    pub fn new(graph: &HeapGraph, roots: &[NodeIx]) -> Self {
        let Numbered { node_of, mut idom, n_leaves, number_of } = immediate_dominators(graph, roots);
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

    /// A tree that was computed before. `None` if it is none: positions and order must agree, dominators come before
    /// what they dominate, and subtrees end inside the tree. O(nodes).
    pub fn from_parts(parts: TreeParts<Column<u32>, Column<u8>>) -> Option<Self> {
        let TreeParts { order, position, dominator, n_subtree } = parts;
        let n_subtree = NarrowColumn::from_parts(n_subtree)?;
        let (n_nodes, n_reachable) = (position.len(), order.len());
        if dominator.len() != n_reachable || n_subtree.len() != n_reachable || n_reachable > n_nodes {
            return None;
        }
        let (nodes, positions, dominators) = (&*order, &*position, &*dominator);
        // Whole tasks without a way out of the middle: these loops wait for memory, not for the processor.
        let is_sound = nodes.par_chunks(TASK).zip(dominators.par_chunks(TASK)).enumerate().all(
            |(task, (nodes, dominators))| {
                (task * TASK..).zip(nodes).zip(dominators).fold(true, |sound, ((place, node), above)| {
                    let is_placed = positions.get(*node as usize) == Some(&(place as u32));
                    sound & is_placed & (above.wrapping_add(1) as usize <= place)
                })
            },
        );
        // As many nodes have a position as there are positions, so that those in the order are all.
        let n_placed = positions.par_chunks(TASK).map(|chunk| chunk.iter().filter(|p| **p != NONE).count());
        let is_tree = is_sound && n_subtree.are_runs() && n_placed.sum::<usize>() == n_reachable;
        is_tree.then_some(Self { order, position, dominator, n_subtree })
    }

    /// What [`DominatorTree::from_parts`] takes.
    pub fn parts(&self) -> TreeParts<&[u32], &[u8]> {
        TreeParts {
            order: &self.order,
            position: &self.position,
            dominator: &self.dominator,
            n_subtree: self.n_subtree.parts(),
        }
    }

    pub fn immediate_dominator(&self, node: NodeIx) -> Dominator {
        match self.position[node.index()] {
            NONE => Dominator::Unreachable,
            position => match self.dominator[position as usize] {
                NONE => Dominator::SuperRoot,
                dominator => Dominator::Node(NodeIx::new(self.order[dominator as usize])),
            },
        }
    }

    pub fn is_reachable(&self, node: NodeIx) -> bool {
        self.position[node.index()] != NONE
    }

    /// Number of nodes that the roots reach.
    pub fn n_reachable(&self) -> usize {
        self.order.len()
    }

    /// Reachable nodes, dominators before what they dominate.
    pub fn preorder(&self) -> impl DoubleEndedIterator<Item = NodeIx> + ExactSizeIterator + '_ {
        self.order.iter().map(|node| NodeIx::new(*node))
    }

    /// The nodes of [`DominatorTree::preorder`], each with the number of nodes that it dominates, itself included: they
    /// follow it. O(1) for each.
    pub fn subtrees(&self) -> impl Iterator<Item = (NodeIx, usize)> + '_ {
        self.preorder().zip(self.n_subtree.iter().map(|n_nodes| n_nodes as usize))
    }

    /// Nodes whose immediate dominator is `node`; of the super-root for `None`. O(children).
    pub fn children(&self, node: Option<NodeIx>) -> Children<'_> {
        let range = match node {
            None => 0..self.order.len(),
            Some(node) if self.is_reachable(node) => {
                let range = self.subtree_range(node);
                range.start + 1..range.end
            }
            Some(_) => 0..0,
        };
        Children { order: &self.order, n_subtree: &self.n_subtree, next: range.start, end: range.end }
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
        start..start + self.n_subtree.get(start) as usize
    }
}

/// Iterates over the children of one node.
#[derive(Clone, Debug)]
pub struct Children<'a> {
    order: &'a [u32],
    n_subtree: &'a NarrowColumn,
    next: usize,
    end: usize,
}

impl Iterator for Children<'_> {
    type Item = NodeIx;

    fn next(&mut self) -> Option<NodeIx> {
        if self.next >= self.end {
            return None;
        }
        let node = self.order[self.next];
        self.next += self.n_subtree.get(self.next) as usize;
        Some(NodeIx::new(node))
    }
}
