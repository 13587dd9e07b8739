//! Strongly connected components: nodes that all reach one another.

use crate::heap_graph::{HeapGraph, NodeIx};

const UNSEEN: u32 = u32::MAX;

/// Components of at least two nodes, and nodes with an edge to themselves. Nodes of each in no particular order.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Cycles {
    nodes: Vec<u32>,
    /// Where each component ends in `nodes`.
    ends: Vec<usize>,
}

impl Cycles {
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The components one by one.
    pub fn iter(&self) -> impl Iterator<Item = &[u32]> + '_ {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, end)| &self.nodes[start..*end])
    }
}

/// Cycles of the graph made of the nodes for which `is_wanted` holds and the edges for which `is_kept` holds, which
/// is asked with the node an edge leaves and the edge's place among that node's edges.
///
/// Tarjan's algorithm as David J. Pearce gives it (A space-efficient algorithm for finding strongly connected
/// components, IPL 116(1), 2016), without recursion. O(nodes + edges) time, 4 bytes per node and up to 16 per node
/// on the longest path.
pub fn cycles(
    graph: &HeapGraph,
    is_wanted: impl Fn(NodeIx) -> bool,
    is_kept: impl Fn(NodeIx, usize) -> bool,
) -> Cycles {
    let n_nodes = graph.n_nodes();
    let mut search = Search {
        number: vec![UNSEEN; n_nodes],
        low: Vec::new(),
        pending: Vec::new(),
        found: Cycles::default(),
    };
    for start in (0..n_nodes as u32).map(NodeIx::new) {
        if search.number[start.index()] == UNSEEN && is_wanted(start) {
            search.from(graph, start, &is_wanted, &is_kept);
        }
    }
    search.found
}

struct Search {
    /// [`UNSEEN`], or the place in `pending` while the node's component is open, or [`CLOSED`].
    number: Vec<u32>,
    /// For each pending node the lowest place that it is known to reach.
    low: Vec<u32>,
    /// Nodes whose component is open, in the order in which they were found.
    pending: Vec<u32>,
    found: Cycles,
}

const CLOSED: u32 = u32::MAX - 1;

/// A node being looked at, and the next of its edges.
struct Visit {
    node: NodeIx,
    next: usize,
    has_own_edge: bool,
}

impl Search {
    fn from(
        &mut self,
        graph: &HeapGraph,
        start: NodeIx,
        is_wanted: &impl Fn(NodeIx) -> bool,
        is_kept: &impl Fn(NodeIx, usize) -> bool,
    ) {
        let mut visits = vec![self.enter(start)];
        while let Some(visit) = visits.last_mut() {
            let targets = graph.out(visit.node);
            let Some(target) = targets.get(visit.next).copied().map(NodeIx::new) else {
                let done = visits.pop();
                let above = visits.last().map(|visit| visit.node);
                if let Some(done) = done {
                    self.leave(&done, above);
                }
                continue;
            };
            visit.next += 1;
            if !is_kept(visit.node, visit.next - 1) {
                continue;
            }
            match self.number[target.index()] {
                UNSEEN if is_wanted(target) => {
                    let next = self.enter(target);
                    visits.push(next);
                }
                UNSEEN | CLOSED => {}
                place => {
                    visit.has_own_edge |= target == visit.node;
                    let own = self.number[visit.node.index()] as usize;
                    self.low[own] = self.low[own].min(place);
                }
            }
        }
    }

    fn enter(&mut self, node: NodeIx) -> Visit {
        let place = self.pending.len() as u32;
        self.number[node.index()] = place;
        self.pending.push(node.get());
        self.low.push(place);
        Visit { node, next: 0, has_own_edge: false }
    }

    fn leave(&mut self, visit: &Visit, above: Option<NodeIx>) {
        let place = self.number[visit.node.index()] as usize;
        let low = self.low[place];
        if let Some(above) = above {
            let above = self.number[above.index()] as usize;
            self.low[above] = self.low[above].min(low);
        }
        if (low as usize) < place {
            return;
        }
        for node in &self.pending[place..] {
            self.number[*node as usize] = CLOSED;
        }
        if self.pending.len() - place > 1 || visit.has_own_edge {
            self.found.nodes.extend_from_slice(&self.pending[place..]);
            self.found.ends.push(self.found.nodes.len());
        }
        self.pending.truncate(place);
        self.low.truncate(place);
    }
}
