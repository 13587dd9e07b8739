//! The depth-first search before the dominators: numbers, the spanning tree, and the edges that remain to be looked at.

use rayon::prelude::*;

use crate::cancel::Cancel;
use crate::heap_graph::{HeapGraph, NodeIx};
use crate::memory;
use crate::prefetch::prefetch;

/// No root reaches the node; or, as long as the search runs, not yet.
pub(crate) const UNREACHED: u32 = u32::MAX;
/// The node is a trivial leaf; whether a root reaches it depends on its holder.
pub(crate) const LEAF: u32 = u32::MAX - 1;

/// What the search leaves of a number, and the dominators change.
#[derive(Clone, Copy)]
pub(crate) struct Link {
    /// The number's parent in the spanning tree; later some number above it.
    pub ancestor: u32,
    /// The least semidominator from here up to the ancestor, which itself is left out.
    pub least: u32,
}

/// A depth-first search from the roots over all nodes but the trivial leaves.
pub(crate) struct Search {
    /// Node of each number; position 0 stands for the super-root and means nothing.
    pub node_of: Vec<u32>,
    /// Number of each node, [`UNREACHED`] or [`LEAF`].
    pub number_of: Vec<u32>,
    /// Trivial leaves of each number.
    pub n_leaves: Vec<u32>,
    /// The spanning tree, and the least number with an edge from above: what the tree and the edges down along it
    /// tell of each semidominator.
    pub links: Vec<Link>,
    /// The other edges.
    pub pending: Pending,
}

/// A node on the way from a root to where the search is.
struct Visit {
    number: u32,
    /// Position of the next edge.
    next: u32,
    end: u32,
}

impl Search {
    /// O(nodes + edges).
    pub(crate) fn new(graph: &HeapGraph, roots: &[NodeIx], cancel: &Cancel) -> Self {
        let (offsets, targets) = (graph.out_offsets(), graph.targets());
        let (number_of, n_numbers) = without_leaves(graph, roots);
        let mut search = Self {
            node_of: memory::with_capacity(n_numbers),
            number_of,
            n_leaves: memory::with_capacity(n_numbers),
            links: memory::with_capacity(n_numbers),
            pending: Pending::default(),
        };
        search.number(UNREACHED, 0);
        let mut stack: Vec<Visit> = Vec::new();
        for root in roots {
            let known = search.number_of[root.index()];
            if known != UNREACHED {
                search.links[known as usize].least = 0;
                continue;
            }
            stack.push(search.visit(root.get(), 0, offsets, targets));
            while let Some(here) = stack.last_mut() {
                if here.next == here.end {
                    cancel.check_in(here.number as usize);
                    stack.pop();
                    continue;
                }
                let target = targets[here.next as usize];
                here.next += 1;
                let number = here.number;
                match search.number_of[target as usize] {
                    UNREACHED => stack.push(search.visit(target, number, offsets, targets)),
                    LEAF => search.n_leaves[number as usize] += 1,
                    // Down along the spanning tree: the node is numbered from here, and has not been looked at.
                    known if known > number => {
                        let least = &mut search.links[known as usize].least;
                        *least = number.min(*least);
                    }
                    known if known < number => search.pending.push(known, number),
                    _ => {}
                }
            }
        }
        search
    }

    fn visit(&mut self, node: u32, parent: u32, offsets: &[u32], targets: &[u32]) -> Visit {
        let number = self.number(node, parent);
        self.number_of[node as usize] = number;
        let (next, end) = (offsets[node as usize], offsets[node as usize + 1]);
        for target in targets[next as usize..end as usize].iter().take(MAX_AHEAD) {
            prefetch(&self.number_of, *target as usize);
            prefetch(offsets, *target as usize);
        }
        Visit { number, next, end }
    }

    fn number(&mut self, node: u32, parent: u32) -> u32 {
        let number = self.node_of.len() as u32;
        self.node_of.push(node);
        self.n_leaves.push(0);
        self.links.push(Link { ancestor: parent, least: parent });
        number
    }
}

/// Edges of one node of whose ends the memory is asked at once; one after the other, each is waited for.
const MAX_AHEAD: usize = 8;

/// [`LEAF`] for nodes that hold nothing and are held once and are no roots, [`UNREACHED`] for all others; and how many
/// numbers there will be at most, with the super-root's.
fn without_leaves(graph: &HeapGraph, roots: &[NodeIx]) -> (Vec<u32>, usize) {
    let mut numbers = memory::filled(UNREACHED, graph.n_nodes());
    let n_leaves = numbers.par_iter_mut().with_min_len(1 << 14).enumerate().map(|(node, number)| {
        let node = NodeIx::new(node as u32);
        let is_leaf = graph.n_out(node) == 0 && graph.n_incoming(node) == 1;
        if is_leaf {
            *number = LEAF;
        }
        usize::from(is_leaf)
    });
    let mut n_numbers = graph.n_nodes() + 1 - n_leaves.sum::<usize>();
    for root in roots {
        let was = std::mem::replace(&mut numbers[root.index()], UNREACHED);
        n_numbers += usize::from(was == LEAF);
    }
    (numbers, n_numbers)
}

/// Edges to lower numbers, in blocks: a list that grows by copying would need its memory twice.
#[derive(Default)]
pub(crate) struct Pending {
    blocks: Vec<Vec<(u32, u32)>>,
}

/// Edges in one block. At eight bytes each it is mapped by itself wherever memory comes from: what is not written to
/// takes nothing, and the system has all of it back at once.
const BLOCK: usize = 5 << 20;

impl Pending {
    fn push(&mut self, target: u32, source: u32) {
        match self.blocks.last_mut() {
            Some(block) if block.len() < BLOCK => block.push((target, source)),
            _ => {
                let mut block = memory::with_capacity(BLOCK);
                block.push((target, source));
                self.blocks.push(block);
            }
        }
    }

    /// Sorts the edges by their targets.
    pub(crate) fn by_target(self, n_numbers: usize) -> Sources {
        let mut ends = memory::filled(0u32, n_numbers);
        let mut n_edges = 0;
        for (target, _) in self.blocks.iter().flatten() {
            ends[*target as usize] += 1;
            n_edges += 1;
        }
        let mut end = 0;
        for number in &mut ends {
            end += *number;
            *number = end;
        }
        // Filled from each number's end downwards: the ends then are starts.
        let mut sources = memory::filled(0u32, n_edges);
        for block in self.blocks {
            for (target, source) in block {
                ends[target as usize] -= 1;
                sources[ends[target as usize] as usize] = source;
            }
        }
        Sources { starts: ends, sources }
    }
}

/// Numbers with an edge to each lower number.
pub(crate) struct Sources {
    starts: Vec<u32>,
    sources: Vec<u32>,
}

impl Sources {
    pub(crate) fn of(&self, number: usize) -> &[u32] {
        let end = self.starts.get(number + 1).map_or(self.sources.len(), |end| *end as usize);
        &self.sources[self.starts[number] as usize..end]
    }

    /// Where the sources of `number` begin among all.
    pub(crate) fn start_of(&self, number: usize) -> usize {
        self.starts[number] as usize
    }

    /// The source at a place among all.
    pub(crate) fn at(&self, place: usize) -> u32 {
        self.sources[place]
    }

    pub(crate) fn len(&self) -> usize {
        self.sources.len()
    }
}
