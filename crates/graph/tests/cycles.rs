//! Strongly connected components against petgraph's.

use std::collections::BTreeSet;

use heapview_graph::{HeapGraph, NodeIx, cycles};
use petgraph::algo::kosaraju_scc;
use petgraph::graph::DiGraph;
use proptest::prelude::*;

fn graph(n_nodes: usize, edges: &[(u32, u32)]) -> HeapGraph {
    let mut sorted = edges.to_vec();
    sorted.sort_by_key(|edge| edge.0);
    let offsets =
        (0..=n_nodes as u32).map(|node| sorted.partition_point(|edge| edge.0 < node) as u32).collect();
    HeapGraph::from_csr(offsets, sorted.iter().map(|edge| edge.1).collect())
}

fn ours(
    graph: &HeapGraph,
    is_wanted: impl Fn(u32) -> bool,
    is_kept: impl Fn(u32, u32) -> bool,
) -> BTreeSet<BTreeSet<u32>> {
    let found =
        cycles(graph, |node| is_wanted(node.get()), |node, nth| is_kept(node.get(), graph.out(node)[nth]));
    let sets: BTreeSet<BTreeSet<u32>> = found.iter().map(|nodes| nodes.iter().copied().collect()).collect();
    assert_eq!(sets.len(), found.len());
    sets
}

fn theirs(n_nodes: usize, edges: &[(u32, u32)]) -> BTreeSet<BTreeSet<u32>> {
    let mut graph = DiGraph::<(), ()>::new();
    let nodes: Vec<_> = (0..n_nodes).map(|_| graph.add_node(())).collect();
    for (from, to) in edges {
        graph.add_edge(nodes[*from as usize], nodes[*to as usize], ());
    }
    kosaraju_scc(&graph)
        .into_iter()
        .map(|nodes| nodes.into_iter().map(|node| node.index() as u32).collect::<BTreeSet<u32>>())
        .filter(|nodes| nodes.len() > 1 || nodes.iter().any(|node| edges.contains(&(*node, *node))))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn cycles_equal_petgraphs((n_nodes, edges) in (1usize..30).prop_flat_map(|n_nodes| {
        let node = 0..n_nodes as u32;
        (Just(n_nodes), proptest::collection::vec((node.clone(), node), 0..n_nodes * 3))
    })) {
        let graph = graph(n_nodes, &edges);
        prop_assert_eq!(ours(&graph, |_| true, |_, _| true), theirs(n_nodes, &edges));
        // Left out: odd nodes, and edges that lead downwards to a multiple of three.
        let is_wanted = |node: u32| node.is_multiple_of(2);
        let is_kept = |from: u32, to: u32| from <= to || !to.is_multiple_of(3);
        let left: Vec<_> = edges
            .iter()
            .copied()
            .filter(|(from, to)| is_wanted(*from) && is_wanted(*to) && is_kept(*from, *to))
            .collect();
        prop_assert_eq!(ours(&graph, is_wanted, is_kept), theirs(n_nodes, &left));
    }
}

#[test]
fn a_ring_of_a_million_nodes_needs_no_stack() {
    let n_nodes = 1_000_000u32;
    let targets: Vec<u32> = (0..n_nodes).map(|node| (node + 1) % n_nodes).collect();
    let graph = HeapGraph::from_csr((0..=n_nodes).collect(), targets);
    let found = cycles(&graph, |_| true, |_, _| true);
    assert_eq!(found.iter().map(<[u32]>::len).collect::<Vec<_>>(), [1_000_000]);
    // Without one edge there is none.
    assert!(cycles(&graph, |_| true, |node, _| node != NodeIx::new(17)).is_empty());
}
