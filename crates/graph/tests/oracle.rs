//! Every algorithm against an oracle: petgraph's `simple_fast`, or brute force.

use heapview_graph::*;
use petgraph::algo::dominators::simple_fast;
use petgraph::graph::DiGraph;
use proptest::prelude::*;

#[derive(Clone, Debug)]
struct Sample {
    n_nodes: usize,
    edges: Vec<(u32, u32)>,
    roots: Vec<NodeIx>,
    sizes: Vec<u64>,
}

fn samples() -> impl Strategy<Value = Sample> {
    (1usize..40).prop_flat_map(|n_nodes| {
        let node = 0..n_nodes as u32;
        (
            proptest::collection::vec((node.clone(), node.clone()), 0..n_nodes * 3),
            proptest::collection::vec(node, 0..4),
            proptest::collection::vec(0u64..1000, n_nodes),
        )
            .prop_map(move |(edges, roots, sizes)| Sample {
                n_nodes,
                edges,
                roots: roots.into_iter().map(NodeIx::new).collect(),
                sizes,
            })
    })
}

fn graph(n_nodes: usize, edges: &[(u32, u32)]) -> HeapGraph {
    let mut sorted = edges.to_vec();
    sorted.sort_by_key(|edge| edge.0);
    let offsets =
        (0..=n_nodes as u32).map(|node| sorted.partition_point(|edge| edge.0 < node) as u32).collect();
    HeapGraph::from_csr(offsets, sorted.iter().map(|edge| edge.1).collect())
}

/// Bytes that are no longer reachable without the nodes of `gone`, counted afresh from an edge list.
fn bytes_lost(sample: &Sample, gone: &[u32]) -> u64 {
    let reach = |gone: &[u32]| {
        let mut reached = vec![false; sample.n_nodes];
        let mut changed = true;
        for root in &sample.roots {
            reached[root.index()] |= !gone.contains(&root.get());
        }
        while changed {
            changed = false;
            for (from, to) in &sample.edges {
                if reached[*from as usize] && !reached[*to as usize] && !gone.contains(to) {
                    reached[*to as usize] = true;
                    changed = true;
                }
            }
        }
        reached
    };
    let (before, after) = (reach(&[]), reach(gone));
    (0..sample.n_nodes).filter(|node| before[*node] && !after[*node]).map(|node| sample.sizes[node]).sum()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn dominators_equal_petgraphs(sample in samples()) {
        let ours = DominatorTree::new(&graph(sample.n_nodes, &sample.edges), &sample.roots, &Cancel::NEVER);
        let mut theirs = DiGraph::<(), ()>::new();
        let nodes: Vec<_> = (0..sample.n_nodes).map(|_| theirs.add_node(())).collect();
        let super_root = theirs.add_node(());
        for (from, to) in &sample.edges {
            theirs.add_edge(nodes[*from as usize], nodes[*to as usize], ());
        }
        for root in &sample.roots {
            theirs.add_edge(super_root, nodes[root.index()], ());
        }
        let theirs = simple_fast(&theirs, super_root);
        for (node, theirs_of) in nodes.iter().enumerate() {
            let expected = match theirs.immediate_dominator(*theirs_of) {
                None => Dominator::Unreachable,
                Some(found) if found == super_root => Dominator::SuperRoot,
                Some(found) => Dominator::Node(NodeIx::new(found.index() as u32)),
            };
            prop_assert_eq!(ours.immediate_dominator(NodeIx::new(node as u32)), expected);
        }
    }

    #[test]
    fn retained_sizes_equal_brute_force(sample in samples()) {
        let graph = graph(sample.n_nodes, &sample.edges);
        let tree = DominatorTree::new(&graph, &sample.roots, &Cancel::NEVER);
        let retained = retained_sizes(&tree, &sample.sizes);
        for node in 0..sample.n_nodes as u32 {
            let ix = NodeIx::new(node);
            let expected = if tree.is_reachable(ix) { bytes_lost(&sample, &[node]) } else { sample.sizes[node as usize] };
            prop_assert_eq!(retained[ix.index()], expected);
            let subtree: u64 = tree.subtree(ix).map(|below| sample.sizes[below.index()]).sum();
            prop_assert_eq!(subtree, if tree.is_reachable(ix) { expected } else { 0 });
        }
        let reachable = reachable(&graph, &sample.roots);
        let total: u64 = tree.children(None).map(|child| retained[child.index()]).sum();
        let expected: u64 = (0..sample.n_nodes).filter(|node| reachable.contains(NodeIx::new(*node as u32))).map(|node| sample.sizes[node]).sum();
        prop_assert_eq!(total, expected);
        prop_assert_eq!(reachable.len(), tree.n_reachable());
    }

    #[test]
    fn the_tree_is_consistent(sample in samples()) {
        let tree = DominatorTree::new(&graph(sample.n_nodes, &sample.edges), &sample.roots, &Cancel::NEVER);
        let all = (0..sample.n_nodes as u32).map(NodeIx::new);
        for node in all.clone() {
            for child in tree.children(Some(node)) {
                prop_assert_eq!(tree.immediate_dominator(child), Dominator::Node(node));
            }
            for below in all.clone() {
                let expected = tree.subtree(node).any(|found| found == below);
                prop_assert_eq!(tree.dominates(node, below), expected);
            }
        }
        let n_children: usize = all.map(|node| tree.children(Some(node)).count()).sum();
        prop_assert_eq!(n_children + tree.children(None).count(), tree.n_reachable());
    }

    #[test]
    fn retained_sets_equal_brute_force(sample in samples(), picked in proptest::collection::vec(0u32..40, 0..5)) {
        let graph = graph(sample.n_nodes, &sample.edges);
        let tree = DominatorTree::new(&graph, &sample.roots, &Cancel::NEVER);
        let picked: Vec<u32> = picked.into_iter().filter(|node| (*node as usize) < sample.n_nodes).collect();
        let mut set = NodeSet::new(sample.n_nodes);
        for node in &picked {
            set.insert(NodeIx::new(*node));
        }
        let retained = retained_set(&graph, &tree, &sample.roots, &set, &Cancel::NEVER);
        let bytes: u64 = (0..sample.n_nodes).filter(|node| retained.contains(NodeIx::new(*node as u32))).map(|node| sample.sizes[node]).sum();
        prop_assert_eq!(bytes, bytes_lost(&sample, &picked));
    }

    #[test]
    fn cheapest_paths_equal_relaxation(sample in samples(), costs in proptest::collection::vec(0u8..20, 120), root_costs in proptest::collection::vec(0u8..=255, 4)) {
        let graph = graph(sample.n_nodes, &sample.edges);
        let costs = &costs[..graph.n_edges()];
        let roots: Vec<_> = sample.roots.iter().copied().zip(root_costs).collect();
        let tree = CheapestTree::new(&graph, &roots, costs, &Cancel::NEVER);
        let mut expected = vec![None::<u32>; sample.n_nodes];
        for (root, cost) in &roots {
            let known = &mut expected[root.index()];
            *known = Some(known.map_or(u32::from(*cost), |known| known.min(u32::from(*cost))));
        }
        for _ in 0..sample.n_nodes {
            for node in 0..sample.n_nodes {
                let Some(here) = expected[node] else { continue };
                let from = NodeIx::new(node as u32);
                for (edge, target) in graph.out_edges(from).zip(graph.out(from)) {
                    let cost = here + u32::from(costs[edge]);
                    let known = &mut expected[*target as usize];
                    *known = Some(known.map_or(cost, |known| known.min(cost)));
                }
            }
        }
        for node in (0..sample.n_nodes as u32).map(NodeIx::new) {
            prop_assert_eq!(tree.cost(node), expected[node.index()]);
            let Some(path) = tree.path(&graph, node) else { continue };
            let root_cost = roots.iter().filter(|(root, _)| *root == path.root).map(|(_, cost)| u32::from(*cost)).min().unwrap();
            let cost: u32 = path.edges.iter().map(|step| u32::from(costs[step.edge])).sum();
            prop_assert_eq!(root_cost + cost, tree.cost(node).unwrap());
            prop_assert_eq!(end_of(&graph, &path), node);
        }
    }

    #[test]
    fn a_path_around_a_node_is_found_exactly_when_there_is_one(sample in samples(), node in 0u32..40, avoid in 0u32..40) {
        let [node, avoid] = [node, avoid].map(|node| NodeIx::new(node % sample.n_nodes as u32));
        let graph = graph(sample.n_nodes, &sample.edges);
        let roots: Vec<_> = sample.roots.iter().map(|root| (*root, 1)).collect();
        let tree = CheapestTree::new(&graph, &roots, &vec![1; graph.n_edges()], &Cancel::NEVER);
        let mut gone = NodeSet::new(sample.n_nodes);
        gone.insert(avoid);
        let exists = reachable_without(&graph, &sample.roots, &gone, &Cancel::NEVER).contains(node);
        match tree.path_avoiding(&graph, node, avoid, usize::MAX, &mut 0, &Cancel::NEVER) {
            Detour::Found(path) => {
                prop_assert!(exists);
                prop_assert!(sample.roots.contains(&path.root));
                prop_assert!(path.edges.iter().all(|step| step.from != avoid));
                prop_assert_eq!(end_of(&graph, &path), node);
            }
            Detour::None => prop_assert!(!exists),
            Detour::LimitReached => prop_assert!(false, "no limit was set"),
        }
    }
}

/// Follows the path edge by edge; each must leave the node where the one before ended.
fn end_of(graph: &HeapGraph, path: &Path) -> NodeIx {
    path.edges.iter().fold(path.root, |here, step| {
        assert_eq!(step.from, here);
        let edges = graph.out_edges(here);
        assert!(edges.contains(&step.edge));
        NodeIx::new(graph.out(here)[step.edge - edges.start])
    })
}

const MANY: usize = 1_000_000;

/// All algorithms on a large graph; returns the retained size of node 0, each node having one byte.
fn all_algorithms(n_nodes: usize, edges: &[(u32, u32)]) -> u64 {
    let graph = graph(n_nodes, edges);
    let root = NodeIx::new(0);
    let tree = DominatorTree::new(&graph, &[root], &Cancel::NEVER);
    let retained = retained_sizes(&tree, &vec![1; n_nodes]);
    let cheapest = CheapestTree::new(&graph, &[(root, 0)], &vec![1; graph.n_edges()], &Cancel::NEVER);
    let last = NodeIx::new(n_nodes as u32 - 1);
    assert_eq!(cheapest.path(&graph, last).map(|path| end_of(&graph, &path)), Some(last));
    retained[0]
}

#[test]
fn a_linked_list_of_a_million_nodes() {
    let edges: Vec<_> = (1..MANY as u32).map(|node| (node - 1, node)).collect();
    assert_eq!(all_algorithms(MANY, &edges), MANY as u64);
}

#[test]
fn a_doubly_linked_list_of_a_million_nodes() {
    let edges: Vec<_> = (1..MANY as u32).flat_map(|node| [(node - 1, node), (node, node - 1)]).collect();
    assert_eq!(all_algorithms(MANY, &edges), MANY as u64);
}

#[test]
fn a_hub_of_a_million_nodes_that_all_hold_the_hub() {
    let edges: Vec<_> = (1..MANY as u32).flat_map(|node| [(0, node), (node, 0)]).collect();
    assert_eq!(all_algorithms(MANY, &edges), MANY as u64);
}

#[test]
fn a_list_whose_nodes_share_a_leaf_and_hold_the_one_before() {
    let leaf = MANY as u32 - 1;
    let edges: Vec<_> =
        (1..leaf).flat_map(|node| [(node - 1, node), (node, node - 1), (node, leaf)]).collect();
    assert_eq!(all_algorithms(MANY, &edges), MANY as u64);
}

#[test]
fn a_ladder_of_a_million_rungs() {
    let n_rungs = MANY as u32 / 2;
    let rung = |row: u32| {
        [
            (row * 2, row * 2 + 2),
            (row * 2 + 1, row * 2 + 3),
            (row * 2, row * 2 + 3),
            (row * 2 + 1, row * 2 + 2),
        ]
    };
    let mut edges: Vec<_> = (0..n_rungs - 1).flat_map(rung).collect();
    edges.push((0, 1));
    assert_eq!(all_algorithms(MANY, &edges), MANY as u64);
}
