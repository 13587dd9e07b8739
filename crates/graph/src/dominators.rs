//! Immediate dominators by the algorithm of Lengauer and Tarjan, on flat arrays and without recursion.
//!
//! # Terms
//! - The *super-root* is an implicit node with an edge to every root.
//! - `a` *dominates* `b` when every path from the super-root to `b` passes through `a`; the dominator closest to `b`
//!   is its *immediate* dominator.
//! - A *number* is a position in the depth-first preorder; the super-root has number 0.
//! - A *trivial leaf* holds nothing and is held once, by the node that dominates it: half of a usual heap. Trivial
//!   leaves are left out of the search and get no number.
//!
//! # Complexity
//! O(edges log nodes) time with simple path compression (linear in practice); 4 bytes per node, 28 per number and 12
//! per edge to a lower number while it runs. Semi-NCA and Cooper-Harvey-Kennedy are quadratic on plain linked lists
//! and were not chosen.
//!
//! # Reference
//! T. Lengauer, R. E. Tarjan: A fast algorithm for finding dominators in a flowgraph, TOPLAS 1(1), 1979.

use crate::cancel::Cancel;
use crate::heap_graph::{HeapGraph, NodeIx};
use crate::memory;
use crate::prefetch::prefetch;
use crate::reach::NodeSet;
use crate::search::{Link, Search, Sources};

const NONE: u32 = u32::MAX;

/// What the algorithm finds, in the order of its depth-first search.
pub(crate) struct Numbered {
    /// Node of each number; position 0 stands for the super-root and means nothing.
    pub node_of: Vec<u32>,
    /// Number of each number's immediate dominator.
    pub idom: Vec<u32>,
    /// Trivial leaves that each number holds.
    pub n_leaves: Vec<u32>,
    /// Number of each node, or what [`Search`] says of nodes without one.
    pub number_of: Vec<u32>,
}

/// Immediate dominators of all nodes that `roots` reach.
pub(crate) fn immediate_dominators(graph: &HeapGraph, roots: &[NodeIx], cancel: &Cancel) -> Numbered {
    let Search { node_of, number_of, n_leaves, links, pending } = Search::new(graph, roots, cancel);
    let n_numbers = node_of.len();
    let sources = pending.by_target(n_numbers);
    let mut best = memory::with_capacity(n_numbers);
    best.extend(0..n_numbers as u32);
    let mut forest = Forest { links, best, path: Vec::new() };
    // Buckets as linked lists: the numbers whose semidominator is the key. The links stand where the dominators of
    // the same numbers come to stand.
    let mut idom = memory::filled(0u32, n_numbers);
    let mut bucket = memory::filled(NONE, n_numbers);
    // Numbers whose dominator is that of the number which stands in its place.
    let mut is_deferred = NodeSet::new(n_numbers);
    let mut ahead = Ahead::new(&sources);
    for number in (1..n_numbers as u32).rev() {
        let at = number as usize;
        cancel.check_in(at);
        ahead.advance(&sources, number, &forest.links);
        prefetch(&forest.links, bucket[at.saturating_sub(NEAR)] as usize);
        let mut member = bucket[at];
        while member != NONE {
            let next = idom[member as usize];
            if forest.eval(member, number) < number {
                idom[member as usize] = forest.best[member as usize];
                is_deferred.insert(NodeIx::new(member));
            } else {
                idom[member as usize] = number;
            }
            member = next;
        }
        let Link { ancestor: parent, mut least } = forest.links[at];
        for source in sources.of(at) {
            least = least.min(forest.eval(*source, number));
        }
        forest.links[at].least = least;
        if least == parent || least == 0 {
            idom[at] = least;
        } else {
            idom[at] = std::mem::replace(&mut bucket[least as usize], number);
        }
    }
    for number in 1..n_numbers {
        if is_deferred.contains(NodeIx::new(number as u32)) {
            idom[number] = idom[idom[number] as usize];
        }
    }
    Numbered { node_of, idom, n_leaves, number_of }
}

/// The forest of the numbers above the current one, with path compression.
struct Forest {
    links: Vec<Link>,
    /// The number whose semidominator is the least that each link has. Apart from the links, of which more are read.
    best: Vec<u32>,
    path: Vec<u32>,
}

impl Forest {
    /// The least semidominator on the way from `number`, which is above `current`, up to the first that is not. From
    /// then on `best` has the number of that semidominator.
    #[inline]
    fn eval(&mut self, number: u32, current: u32) -> u32 {
        let link = self.links[number as usize];
        if link.ancestor <= current { link.least } else { self.compress(number, link, current) }
    }

    fn compress(&mut self, number: u32, link: Link, current: u32) -> u32 {
        let (mut at, mut link) = (number, link);
        while link.ancestor > current {
            self.path.push(at);
            at = link.ancestor;
            link = self.links[at as usize];
        }
        let (mut of_least, Link { ancestor: top, mut least }) = (at, link);
        // From the top of the path down: each inherits the best of those above it, and hangs below the root.
        while let Some(at) = self.path.pop() {
            let link = &mut self.links[at as usize];
            link.ancestor = top;
            if least < link.least {
                link.least = least;
                self.best[at as usize] = self.best[of_least as usize];
            } else {
                (of_least, least) = (at, link.least);
            }
        }
        least
    }
}

/// Asks the memory for links before their edges are looked at.
struct Ahead {
    far: usize,
    near: usize,
}

/// Edges between the question and the look.
const FAR: usize = 64;
const NEAR: usize = 32;

impl Ahead {
    fn new(sources: &Sources) -> Self {
        Self { far: sources.len(), near: sources.len() }
    }

    /// The edges of `number` are next.
    #[inline]
    fn advance(&mut self, sources: &Sources, number: u32, links: &[Link]) {
        let start = sources.start_of(number as usize);
        while self.far > start.saturating_sub(FAR) {
            self.far -= 1;
            prefetch(links, sources.at(self.far) as usize);
        }
        while self.near > start.saturating_sub(NEAR) {
            self.near -= 1;
            prefetch(links, links[sources.at(self.near) as usize].ancestor as usize);
        }
    }
}
