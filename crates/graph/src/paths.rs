//! Cheapest paths from the roots, where each edge and each root has a small cost.

use std::collections::VecDeque;

use crate::bucket_queue::BucketQueue;
use crate::cancel::Cancel;
use crate::column::Column;
use crate::heap_graph::{HeapGraph, NodeIx};
use crate::memory;

const NONE: u32 = u32::MAX;

/// One edge of a path: the node it leaves and its position among all edges.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PathEdge {
    pub from: NodeIx,
    pub edge: usize,
}

/// A path from a root: the root, and the edges in order.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Path {
    pub root: NodeIx,
    pub edges: Vec<PathEdge>,
}

/// A cheapest path from a root to every reachable node, as a tree. 12 bytes per node.
#[derive(Debug)]
pub struct CheapestTree {
    cost: Column<u32>,
    parent: Column<u32>,
    /// Which of the parent's edges.
    edge: Column<u32>,
}

/// The arrays of a [`CheapestTree`], for keeping them in a file.
#[derive(Debug)]
pub struct PathParts<C> {
    pub cost: C,
    pub parent: C,
    pub edge: C,
}

impl CheapestTree {
    /// Dijkstra's algorithm with buckets (R. B. Dial, CACM 12(11), 1969): O(nodes + edges + greatest cost).
    ///
    /// `edge_costs` has one entry for each edge of the graph, in order. Each root has a cost of its own.
    pub fn new(graph: &HeapGraph, roots: &[(NodeIx, u8)], edge_costs: &[u8], cancel: &Cancel) -> Self {
        let n_nodes = graph.n_nodes();
        let (offsets, targets) = (graph.out_offsets(), graph.targets());
        let [mut tree_cost, mut parent, mut edge] = [(); 3].map(|()| memory::filled(NONE, n_nodes));
        let mut queue = BucketQueue::new();
        for (root, cost) in roots {
            if u32::from(*cost) < tree_cost[root.index()] {
                tree_cost[root.index()] = u32::from(*cost);
                queue.push(u32::from(*cost), root.get());
            }
        }
        let (mut now, mut n_rounds) = (0u32, 0);
        while !queue.is_empty() {
            // Edges of cost 0 refill the bucket being emptied.
            while let Some(node) = queue.pop(now) {
                n_rounds += 1;
                cancel.check_in(n_rounds);
                if tree_cost[node as usize] != now {
                    continue;
                }
                let first = offsets[node as usize];
                for position in first..offsets[node as usize + 1] {
                    let target = targets[position as usize] as usize;
                    let cost = now.saturating_add(u32::from(edge_costs[position as usize]));
                    if cost < tree_cost[target] {
                        tree_cost[target] = cost;
                        parent[target] = node;
                        edge[target] = position - first;
                        if offsets[target] != offsets[target + 1] {
                            queue.push(cost, target as u32);
                        }
                    }
                }
            }
            now += 1;
        }
        Self { cost: tree_cost.into(), parent: parent.into(), edge: edge.into() }
    }

    /// A tree that was computed before for a graph of `n_nodes`. `None` if its arrays are not as long. What they say is
    /// looked at when it is asked for: parents that do not exist are none.
    pub fn from_parts(parts: PathParts<Column<u32>>, n_nodes: usize) -> Option<Self> {
        let PathParts { cost, parent, edge } = parts;
        let is_sound = cost.len() == n_nodes && parent.len() == n_nodes && edge.len() == n_nodes;
        is_sound.then_some(Self { cost, parent, edge })
    }

    /// What [`CheapestTree::from_parts`] takes.
    pub fn parts(&self) -> PathParts<&[u32]> {
        PathParts { cost: self.cost.all(), parent: self.parent.all(), edge: self.edge.all() }
    }

    /// Number of nodes, those included that no root reaches.
    pub fn n_nodes(&self) -> usize {
        self.cost.len()
    }

    /// Cost of the cheapest path; `None` if no root reaches the node.
    pub fn cost(&self, node: NodeIx) -> Option<u32> {
        self.cost.get(node.index()).filter(|cost| *cost != NONE)
    }

    /// The node before this one on its path; `None` for roots of the tree and unreachable nodes.
    #[inline]
    pub fn parent(&self, node: NodeIx) -> Option<NodeIx> {
        let parent = self.parent.get(node.index())?;
        Some(parent).filter(|parent| (*parent as usize) < self.n_nodes()).map(NodeIx::new)
    }

    /// Which of its parent's edges leads to the node on its path; `None` where there is no parent.
    pub fn edge(&self, node: NodeIx) -> Option<u32> {
        self.edge.get(node.index()).filter(|edge| *edge != NONE)
    }

    /// The cheapest path to the node. O(length).
    pub fn path(&self, graph: &HeapGraph, node: NodeIx) -> Option<Path> {
        self.cost(node)?;
        let mut edges = Vec::new();
        let mut root = node;
        while let Some(from) = self.parent(root) {
            // A tree from a file may go round in a circle, or name an edge too many.
            let edges_of_parent = graph.out_edges(from);
            let edge = edges_of_parent.start.checked_add(self.edge(root)? as usize)?;
            if !edges_of_parent.contains(&edge) || edges.len() >= graph.n_nodes() {
                return None;
            }
            edges.push(PathEdge { from, edge });
            root = from;
        }
        edges.reverse();
        Some(Path { root, edges })
    }

    /// Whether the node's path passes through `through` or ends there. O(length).
    pub fn passes(&self, node: NodeIx, through: NodeIx) -> bool {
        let limit = self.cost(through).unwrap_or(NONE);
        let mut at = Some(node);
        // No path is longer than there are nodes.
        for _ in 0..self.n_nodes() {
            let Some(here) = at else { return false };
            if here == through {
                return true;
            }
            // Costs never rise towards the root.
            if self.cost(here).unwrap_or(NONE) < limit {
                return false;
            }
            at = self.parent(here);
        }
        false
    }

    /// A path to `node` that does not touch `avoid`: backwards from `node`, breadth first, to the first node whose
    /// own path keeps clear of it. Adds to `n_looked` the nodes looked at, and gives up when that reaches `limit`.
    pub fn path_avoiding(
        &self,
        graph: &HeapGraph,
        node: NodeIx,
        avoid: NodeIx,
        limit: usize,
        n_looked: &mut usize,
        cancel: &Cancel,
    ) -> Detour {
        if node == avoid {
            return Detour::None;
        }
        let mut next_of: std::collections::HashMap<u32, u32> = std::collections::HashMap::new();
        let mut queue = VecDeque::from([node.get()]);
        next_of.insert(node.get(), NONE);
        while let Some(here) = queue.pop_front() {
            cancel.check();
            let here_ix = NodeIx::new(here);
            if self.cost(here_ix).is_some() && !self.passes(here_ix, avoid) {
                return self
                    .path(graph, here_ix)
                    .map_or(Detour::None, |path| Detour::Found(extend(graph, path, here, &next_of)));
            }
            for source in graph.incoming(here_ix) {
                if source == avoid || next_of.contains_key(&source.get()) {
                    continue;
                }
                if *n_looked >= limit {
                    return Detour::LimitReached;
                }
                *n_looked += 1;
                next_of.insert(source.get(), here);
                queue.push_back(source.get());
            }
        }
        Detour::None
    }
}

/// What the search for a path around a node came to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Detour {
    Found(Path),
    /// There is none.
    None,
    /// The search was given up.
    LimitReached,
}

/// Continues `path`, which ends at `from`, along the steps that the backward search recorded.
fn extend(
    graph: &HeapGraph,
    mut path: Path,
    from: u32,
    next_of: &std::collections::HashMap<u32, u32>,
) -> Path {
    let mut here = from;
    while let Some(next) = next_of.get(&here).copied().filter(|next| *next != NONE) {
        let from = NodeIx::new(here);
        let nth = graph.out(from).iter().position(|target| *target == next).unwrap_or(0);
        path.edges.push(PathEdge { from, edge: graph.out_edges(from).start + nth });
        here = next;
    }
    path
}
