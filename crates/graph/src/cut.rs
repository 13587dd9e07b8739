//! A minimum cut between the roots and some nodes, found from the nodes backwards.
//!
//! # Complexity
//! O(paths * (nodes and edges looked at)). Only what lies between the nodes and the cut is looked at, apart from one
//! walk to a root for each augmenting path: in a heap of ten million objects a cut of six references next to its
//! node costs microseconds. Limits bound the worst case, which is that of Edmonds and Karp.
//!
//! # Reference
//! J. Edmonds, R. M. Karp: Theoretical improvements in algorithmic efficiency for network flow problems, JACM 19(2),
//! 1972.

use std::collections::{HashMap, HashSet, VecDeque};

use crate::heap_graph::{HeapGraph, NodeIx};
use crate::paths::PathEdge;

/// What an edge costs that cannot be cut.
pub const UNCUTTABLE: u64 = 1 << 50;

/// How much may be looked at before the search is given up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CutLimits {
    /// Augmenting paths.
    pub max_paths: usize,
    /// Nodes visited, over all searches.
    pub max_visits: usize,
}

/// What cutting costs. Each answer is at least 1 but for `root`, and the same whenever it is asked for.
pub trait CutCosts {
    /// 0 for nodes that are no roots.
    fn root(&self, node: NodeIx) -> u64;

    /// Of a node that is a *place*: whatever of its edges are cut, all together cost this once.
    fn place(&self, node: NodeIx) -> Option<u64>;

    /// What `place` costs more when its edges to `target` are among those that may be cut.
    fn of_target(&self, place: NodeIx, target: NodeIx) -> u64;

    /// Of an edge whose source is no place.
    fn edge(&self, edge: PathEdge) -> u64;
}

/// The cheapest set of edges and roots without which no root reaches the nodes; of several equally cheap ones the
/// one closest to the nodes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MinimumCut {
    pub edges: Vec<PathEdge>,
    /// Roots that have to be given up as roots.
    pub roots: Vec<NodeIx>,
    /// Sum of what the edges, places and roots cost.
    pub cost: u64,
    /// Nodes on the near side: the nodes asked about, and what reaches them without crossing the cut.
    pub side: HashSet<u32>,
}

/// Finds the minimum cut between the roots and `nodes`; `None` if the limits were reached.
///
/// A cut always exists, at a cost of [`UNCUTTABLE`] or more if it needs what cannot be cut.
pub fn minimum_cut(
    graph: &HeapGraph,
    nodes: &[NodeIx],
    costs: &dyn CutCosts,
    limits: CutLimits,
) -> Option<MinimumCut> {
    let mut flow = Flow {
        graph,
        costs,
        arcs: HashMap::new(),
        places: HashMap::new(),
        flowing: HashMap::new(),
        cost: 0,
        n_visits_left: limits.max_visits,
    };
    for _ in 0..=limits.max_paths {
        match flow.search(nodes)? {
            Search::Root { at, next } => flow.augment(at, &next),
            Search::Cut(side) => return Some(flow.cut(&side)),
        }
    }
    None
}

/// A point of the network: a node, or the gate through which all edges of a place lead.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Point {
    Node(u32),
    Gate(u32),
}

/// A connection of the network.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Arc {
    /// From outside to a root.
    Root(u32),
    /// An edge of a node that is no place.
    Edge(usize),
    /// From a place to its gate.
    Gate(u32),
    /// From a place's gate to a target.
    Entry(u32, u32),
}

/// An arc as known so far.
#[derive(Clone, Copy)]
struct Known {
    cost: u64,
    used: u64,
}

/// How a point leads on towards the nodes asked about.
#[derive(Clone, Copy)]
enum Step {
    Arrived,
    Along(Arc, Point),
    /// By taking back flow of this arc, which starts at the point given.
    Back(Arc, Point),
}

/// Whether the way on from `node` leads through the gate of `place`: then it stays when that is cut. Looks a few steps
/// ahead.
fn is_behind(place: u32, node: u32, next: &HashMap<Point, Step>) -> bool {
    const MAX_STEPS: usize = 64;
    let mut here = Point::Node(node);
    for _ in 0..MAX_STEPS {
        here = match next.get(&here) {
            Some(Step::Along(_, then) | Step::Back(_, then)) => *then,
            Some(Step::Arrived) | None => return false,
        };
        if here == Point::Gate(place) {
            return true;
        }
    }
    false
}

enum Search {
    Root { at: u32, next: HashMap<Point, Step> },
    Cut(HashMap<Point, Step>),
}

struct Flow<'a> {
    graph: &'a HeapGraph,
    costs: &'a dyn CutCosts,
    arcs: HashMap<Arc, Known>,
    places: HashMap<u32, bool>,
    /// Arcs out of a point that carry flow, with where they end.
    flowing: HashMap<Point, Vec<(Arc, Point)>>,
    cost: u64,
    n_visits_left: usize,
}

impl Flow<'_> {
    fn arc(&mut self, arc: Arc, cost: impl FnOnce(&dyn CutCosts) -> u64) -> Known {
        let costs = self.costs;
        *self.arcs.entry(arc).or_insert_with(|| Known { cost: cost(costs), used: 0 })
    }

    fn root(&mut self, node: u32) -> Known {
        self.arc(Arc::Root(node), |costs| costs.root(NodeIx::new(node)))
    }

    fn is_place(&mut self, node: u32) -> bool {
        let costs = self.costs;
        *self.places.entry(node).or_insert_with(|| costs.place(NodeIx::new(node)).is_some())
    }

    fn gate(&mut self, place: u32) -> Known {
        self.arc(Arc::Gate(place), |costs| costs.place(NodeIx::new(place)).unwrap_or(1).max(1))
    }

    /// Backwards, breadth first, to a root that is not used up. `None` if the limit was reached.
    fn search(&mut self, nodes: &[NodeIx]) -> Option<Search> {
        let mut next: HashMap<Point, Step> =
            nodes.iter().map(|node| (Point::Node(node.get()), Step::Arrived)).collect();
        let mut queue: VecDeque<Point> = nodes.iter().map(|node| Point::Node(node.get())).collect();
        while let Some(here) = queue.pop_front() {
            self.n_visits_left = self.n_visits_left.checked_sub(1)?;
            match here {
                Point::Node(node) => {
                    let root = self.root(node);
                    if root.used < root.cost {
                        return Some(Search::Root { at: node, next });
                    }
                    self.arrive_at_node(node, &mut next, &mut queue);
                }
                Point::Gate(place) => {
                    let known = self.gate(place);
                    let holder = Point::Node(place);
                    if known.used < known.cost && !next.contains_key(&holder) {
                        next.insert(holder, Step::Along(Arc::Gate(place), here));
                        queue.push_back(holder);
                    }
                }
            }
            for (arc, target) in self.flowing.get(&here).into_iter().flatten() {
                if self.arcs.get(arc).is_some_and(|known| known.used > 0) && !next.contains_key(target) {
                    next.insert(*target, Step::Back(*arc, here));
                    queue.push_back(*target);
                }
            }
        }
        Some(Search::Cut(next))
    }

    /// Goes back along all edges that end at `node`.
    fn arrive_at_node(&mut self, node: u32, next: &mut HashMap<Point, Step>, queue: &mut VecDeque<Point>) {
        let graph = self.graph;
        for source in graph.incoming(NodeIx::new(node)).map(NodeIx::get) {
            if self.is_place(source) {
                let entry = Arc::Entry(source, node);
                if !self.arcs.contains_key(&entry) && !is_behind(source, node, next) {
                    self.gate(source);
                    let more = self.costs.of_target(NodeIx::new(source), NodeIx::new(node));
                    if let Some(gate) = self.arcs.get_mut(&Arc::Gate(source)) {
                        gate.cost = gate.cost.saturating_add(more);
                    }
                }
                // What a place costs is asked for at its gate.
                self.arc(entry, |_| u64::MAX);
                let gate = Point::Gate(source);
                next.entry(gate).or_insert_with(|| {
                    queue.push_back(gate);
                    Step::Along(entry, Point::Node(node))
                });
                continue;
            }
            let holder = Point::Node(source);
            if !next.contains_key(&holder)
                && let Some(arc) = self.open_edge(source, node)
            {
                next.insert(holder, Step::Along(arc, Point::Node(node)));
                queue.push_back(holder);
            }
        }
    }

    /// An edge between the two that is not used up.
    fn open_edge(&mut self, from: u32, to: u32) -> Option<Arc> {
        let graph = self.graph;
        let from = NodeIx::new(from);
        let start = graph.out_edges(from).start;
        let edges = graph.out(from).iter().enumerate().filter(|(_, target)| **target == to);
        for (nth, _) in edges {
            let edge = PathEdge { from, edge: start + nth };
            let known = self.arc(Arc::Edge(edge.edge), |costs| costs.edge(edge).max(1));
            if known.used < known.cost {
                return Some(Arc::Edge(edge.edge));
            }
        }
        None
    }

    /// Sends as much as goes from the root at `at` along `next`.
    fn augment(&mut self, at: u32, next: &HashMap<Point, Step>) {
        let root = self.root(at);
        let mut amount = root.cost - root.used;
        let mut here = Point::Node(at);
        let mut steps = Vec::new();
        while let Some(step) = next.get(&here).copied() {
            let known = |arc| self.arcs.get(&arc).copied().unwrap_or(Known { cost: 0, used: 0 });
            let (left, then) = match step {
                Step::Arrived => break,
                Step::Along(arc, to) => (known(arc).cost - known(arc).used, to),
                Step::Back(arc, start) => (known(arc).used, start),
            };
            amount = amount.min(left);
            steps.push((here, step));
            here = then;
        }
        self.cost += amount;
        if let Some(root) = self.arcs.get_mut(&Arc::Root(at)) {
            root.used += amount;
        }
        for (from, step) in steps {
            match step {
                Step::Arrived => {}
                Step::Along(arc, to) => {
                    let Some(known) = self.arcs.get_mut(&arc) else { continue };
                    known.used += amount;
                    if known.used == amount {
                        let flowing = self.flowing.entry(from).or_default();
                        if !flowing.contains(&(arc, to)) {
                            flowing.push((arc, to));
                        }
                    }
                }
                Step::Back(arc, _) => {
                    if let Some(known) = self.arcs.get_mut(&arc) {
                        known.used -= amount;
                    }
                }
            }
        }
    }

    /// What crosses into `side`.
    fn cut(&mut self, side: &HashMap<Point, Step>) -> MinimumCut {
        let graph = self.graph;
        let side: HashSet<u32> = side
            .keys()
            .filter_map(|point| match point {
                Point::Node(node) => Some(*node),
                Point::Gate(_) => None,
            })
            .collect();
        let mut inside: Vec<NodeIx> = side.iter().copied().map(NodeIx::new).collect();
        inside.sort_unstable();
        let roots: Vec<NodeIx> =
            inside.iter().copied().filter(|node| self.root(node.get()).cost > 0).collect();
        let mut sources: Vec<NodeIx> = inside
            .iter()
            .flat_map(|node| graph.incoming(*node))
            .filter(|source| !side.contains(&source.get()))
            .collect();
        sources.sort_unstable();
        sources.dedup();
        // A source with an edge or a gate that is not used up would be inside.
        let edges = sources
            .into_iter()
            .flat_map(|from| {
                let start = graph.out_edges(from).start;
                let crossing = graph.out(from).iter().enumerate().filter(|(_, target)| side.contains(target));
                crossing.map(move |(nth, _)| PathEdge { from, edge: start + nth }).collect::<Vec<_>>()
            })
            .collect();
        MinimumCut { edges, roots, cost: self.cost, side }
    }
}
