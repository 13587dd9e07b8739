//! Minimum cuts against petgraph's maximum flow, and what they free against counting afresh.

use std::collections::HashSet;

use heapview_graph::*;
use petgraph::algo::ford_fulkerson;
use petgraph::graph::DiGraph;
use proptest::prelude::*;

const LIMITS: CutLimits = CutLimits { max_paths: 1000, max_visits: 1_000_000 };

#[derive(Clone, Debug)]
struct Sample {
    n_nodes: usize,
    /// From, to, cost.
    edges: Vec<(u32, u32, u64)>,
    /// Cost of each node as a root; 0 for most.
    roots: Vec<u64>,
    /// Cost of each node as a place; 0 for what is none.
    places: Vec<u64>,
    wanted: Vec<u32>,
}

fn samples() -> impl Strategy<Value = Sample> {
    (2usize..24).prop_flat_map(|n_nodes| {
        let node = 0..n_nodes as u32;
        (
            proptest::collection::vec((node.clone(), node.clone(), 1u64..30), 0..n_nodes * 3),
            proptest::collection::vec(prop_oneof![3 => Just(0u64), 1 => 1u64..30], n_nodes),
            proptest::collection::vec(prop_oneof![2 => Just(0u64), 1 => 1u64..30], n_nodes),
            proptest::collection::vec(node, 1..3),
        )
            .prop_map(move |(mut edges, roots, places, wanted)| {
                edges.sort_by_key(|edge| edge.0);
                Sample { n_nodes, edges, roots, places, wanted }
            })
    })
}

impl CutCosts for Sample {
    fn root(&self, node: NodeIx) -> u64 {
        self.roots[node.index()]
    }

    fn place(&self, node: NodeIx) -> Option<u64> {
        Some(self.places[node.index()]).filter(|cost| *cost > 0)
    }

    fn of_target(&self, _: NodeIx, _: NodeIx) -> u64 {
        0
    }

    fn edge(&self, edge: PathEdge) -> u64 {
        self.edges[edge.edge].2
    }
}

impl Sample {
    fn graph(&self) -> HeapGraph {
        let offsets = (0..=self.n_nodes as u32)
            .map(|node| self.edges.partition_point(|edge| edge.0 < node) as u32)
            .collect();
        HeapGraph::from_csr(offsets, self.edges.iter().map(|edge| edge.1).collect())
    }

    fn wanted(&self) -> Vec<NodeIx> {
        self.wanted.iter().copied().map(NodeIx::new).collect()
    }

    fn cut(&self) -> MinimumCut {
        minimum_cut(&self.graph(), &self.wanted(), self, LIMITS).unwrap()
    }

    /// What the edges of a cut cost, each place once.
    fn cost_of(&self, edges: &[PathEdge]) -> u64 {
        let mut paid = HashSet::new();
        let cost = |edge: &PathEdge| match self.place(edge.from) {
            Some(cost) => {
                if paid.insert(edge.from) {
                    cost
                } else {
                    0
                }
            }
            None => self.edges[edge.edge].2,
        };
        edges.iter().map(cost).sum()
    }

    /// Nodes that the roots reach without the edges and roots of the cut, by repeated passes over an edge list.
    fn reached(&self, cut: Option<&MinimumCut>) -> Vec<bool> {
        let edges: HashSet<usize> = cut.iter().flat_map(|cut| &cut.edges).map(|edge| edge.edge).collect();
        let gone: Vec<NodeIx> = cut.iter().flat_map(|cut| cut.roots.clone()).collect();
        let mut reached: Vec<bool> = (0..self.n_nodes as u32)
            .map(|node| self.roots[node as usize] > 0 && !gone.contains(&NodeIx::new(node)))
            .collect();
        for _ in 0..self.n_nodes {
            for (position, (from, to, _)) in self.edges.iter().enumerate() {
                reached[*to as usize] |= reached[*from as usize] && !edges.contains(&position);
            }
        }
        reached
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn a_minimum_cut_costs_what_petgraphs_maximum_flow_is_and_separates(sample in samples()) {
        let cut = sample.cut();
        let mut network = DiGraph::<(), u64>::new();
        let nodes: Vec<_> = (0..sample.n_nodes).map(|_| network.add_node(())).collect();
        let (source, sink) = (network.add_node(()), network.add_node(()));
        let gates: Vec<_> = (0..sample.n_nodes).map(|_| network.add_node(())).collect();
        for (node, cost) in sample.places.iter().enumerate().filter(|(_, cost)| **cost > 0) {
            network.add_edge(nodes[node], gates[node], *cost);
        }
        for (from, to, cost) in &sample.edges {
            let (start, cost) = match sample.places[*from as usize] {
                0 => (nodes[*from as usize], *cost),
                _ => (gates[*from as usize], 1 << 40),
            };
            network.add_edge(start, nodes[*to as usize], cost);
        }
        for (node, cost) in sample.roots.iter().enumerate().filter(|(_, cost)| **cost > 0) {
            network.add_edge(source, nodes[node], *cost);
        }
        for node in &sample.wanted {
            network.add_edge(nodes[*node as usize], sink, 1 << 40);
        }
        let (most, _) = ford_fulkerson(&network, source, sink);
        prop_assert_eq!(cut.cost, most);
        let edges = sample.cost_of(&cut.edges);
        let roots: u64 = cut.roots.iter().map(|root| sample.roots[root.index()]).sum();
        prop_assert_eq!(edges + roots, most);
        let reached = sample.reached(Some(&cut));
        for node in &sample.wanted {
            prop_assert!(!reached[*node as usize]);
            prop_assert!(cut.side.contains(node));
        }
    }

    #[test]
    fn what_goes_is_what_counting_afresh_says(sample in samples(), deferred in proptest::collection::vec(0u32..24, 0..3)) {
        let (graph, cut) = (sample.graph(), sample.cut());
        let edges = CutEdges::new(&graph, cut.edges.iter().copied());
        let roots: Vec<NodeIx> = (0..sample.n_nodes as u32)
            .map(NodeIx::new)
            .filter(|node| sample.roots[node.index()] > 0 && !cut.roots.contains(node))
            .collect();
        let mut left = NodeSet::new(sample.n_nodes);
        let mut n_added = 0;
        extend_reachable_cutting(&graph, &mut left, &roots, &edges, |_| n_added += 1);
        prop_assert_eq!(n_added, left.len());
        let (before, after) = (sample.reached(None), sample.reached(Some(&cut)));
        for (node, is_left) in after.iter().enumerate() {
            prop_assert_eq!(left.contains(NodeIx::new(node as u32)), *is_left);
        }
        // Reference counting, played through: a node goes when nobody holds it any more, unless its count is deferred.
        let gone: Vec<NodeIx> = (0..sample.n_nodes as u32)
            .map(NodeIx::new)
            .filter(|node| before[node.index()] && !after[node.index()] && !cut.roots.contains(node))
            .collect();
        let is_cut: HashSet<usize> = cut.edges.iter().map(|edge| edge.edge).collect();
        let mut freed: HashSet<u32> = HashSet::new();
        for _ in 0..sample.n_nodes {
            for node in &gone {
                let held = sample.edges.iter().enumerate().any(|(position, (from, to, _))| {
                    *to == node.get() && !freed.contains(from) && !is_cut.contains(&position)
                });
                if !held && !deferred.contains(&node.get()) {
                    freed.insert(node.get());
                }
            }
        }
        let waiting = waiting_for_collector(&graph, &gone, &edges, |node| deferred.contains(&node.get()), &Cancel::NEVER);
        for node in gone {
            prop_assert_eq!(waiting.contains(&node), !freed.contains(&node.get()), "node {}", node.get());
        }
    }

    #[test]
    fn a_clear_path_is_a_path_and_is_clear(sample in samples(), blocked in proptest::collection::vec(0u32..24, 0..4)) {
        let graph = sample.graph();
        let roots: Vec<(NodeIx, u8)> = (0..sample.n_nodes as u32)
            .map(NodeIx::new)
            .filter(|node| sample.roots[node.index()] > 0)
            .map(|node| (node, sample.roots[node.index()] as u8))
            .collect();
        let costs: Vec<u8> = sample.edges.iter().map(|edge| edge.2 as u8).collect();
        let tree = CheapestTree::new(&graph, &roots, &costs, &Cancel::NEVER);
        let is_blocked = |node: NodeIx| blocked.contains(&node.get());
        let without: Vec<NodeIx> = roots.iter().map(|root| root.0).filter(|root| !is_blocked(*root)).collect();
        let mut gone = NodeSet::new(sample.n_nodes);
        for node in blocked.iter().filter(|node| (**node as usize) < sample.n_nodes) {
            gone.insert(NodeIx::new(*node));
        }
        let reached = reachable_without(&graph, &without, &gone, &Cancel::NEVER);
        for node in (0..sample.n_nodes as u32).map(NodeIx::new) {
            let is_root = |node: NodeIx| sample.roots[node.index()] > 0;
            let path = path_clear_of(&graph, &tree, node, &is_blocked, &is_root, 1000);
            prop_assert_eq!(path.is_some(), reached.contains(node));
            if let Some(path) = path {
                let mut at = path.root;
                prop_assert!(!is_blocked(at));
                for edge in &path.edges {
                    prop_assert_eq!(edge.from, at);
                    prop_assert!(graph.out_edges(at).contains(&edge.edge));
                    at = graph.target(edge.edge);
                    prop_assert!(!is_blocked(at));
                }
                prop_assert_eq!(at, node);
            }
        }
    }
}

/// 0 -> 1 -> 2: each edge costs 5, and 0 is the root.
struct Chain;

impl CutCosts for Chain {
    fn root(&self, node: NodeIx) -> u64 {
        if node.get() == 0 { UNCUTTABLE } else { 0 }
    }

    fn place(&self, _: NodeIx) -> Option<u64> {
        None
    }

    fn of_target(&self, _: NodeIx, _: NodeIx) -> u64 {
        0
    }

    fn edge(&self, _: PathEdge) -> u64 {
        5
    }
}

#[test]
fn of_equal_cuts_the_one_next_to_the_node_is_taken() {
    let graph = HeapGraph::from_csr(vec![0, 1, 2, 2], vec![1, 2]);
    let cut = minimum_cut(&graph, &[NodeIx::new(2)], &Chain, LIMITS).unwrap();
    assert_eq!(cut.edges, [PathEdge { from: NodeIx::new(1), edge: 1 }]);
    assert_eq!(cut.cost, 5);
}

#[test]
fn limits_end_the_search() {
    let graph = HeapGraph::from_csr(vec![0, 1, 2, 2], vec![1, 2]);
    let limits = CutLimits { max_paths: 10, max_visits: 2 };
    assert_eq!(minimum_cut(&graph, &[NodeIx::new(2)], &Chain, limits), None);
}

/// A root holds a class, the class a list, the list instances, and each instance the class.
struct Instances;

const CLASS: u32 = 1;
const LIST: u32 = 2;
const FIRST: u32 = 3;
const N_INSTANCES: u32 = 300;

impl CutCosts for Instances {
    fn root(&self, node: NodeIx) -> u64 {
        if node.get() == 0 { UNCUTTABLE } else { 0 }
    }

    fn place(&self, node: NodeIx) -> Option<u64> {
        (node.get() == LIST).then_some(16)
    }

    fn of_target(&self, _: NodeIx, target: NodeIx) -> u64 {
        if target.get() == FIRST { 0 } else { 32 }
    }

    fn edge(&self, edge: PathEdge) -> u64 {
        if edge.from.get() == CLASS { 5000 } else { UNCUTTABLE }
    }
}

#[test]
fn a_place_costs_no_more_for_what_stays_in_it() {
    let instances = FIRST..FIRST + N_INSTANCES;
    let targets = [CLASS, LIST].into_iter().chain(instances.clone()).chain(instances.map(|_| CLASS));
    let offsets = [0, 1, 2].into_iter().chain((0..=N_INSTANCES).map(|nth| 2 + N_INSTANCES + nth));
    let graph = HeapGraph::from_csr(offsets.collect(), targets.collect());
    let cut = minimum_cut(&graph, &[NodeIx::new(FIRST)], &Instances, LIMITS).unwrap();
    assert_eq!(cut.cost, 16);
    assert_eq!(cut.edges, [PathEdge { from: NodeIx::new(LIST), edge: 2 }]);
}
