//! Each algorithm by itself, on one thread.

use std::hint::black_box;

use heapview_graph::{Cancel, CheapestTree, DominatorTree, NodeIx, reachable, retained_sizes};
use serde_json::{Value, json};

use crate::clock::median;
use crate::graphs::{Sample, adversarial as shapes};

/// CPU seconds of each algorithm, and ratios to a search of the whole graph.
pub(crate) fn measure(sample: &Sample) -> Value {
    let Sample { graph, roots, costs, sizes, .. } = sample;
    let n_rounds = if graph.n_nodes() > 2_000_000 { 3 } else { 5 };
    let search = median(n_rounds, || breadth_first(sample));
    let mark = median(n_rounds, || reachable(graph, roots));
    let dominators = median(n_rounds, || DominatorTree::new(graph, roots, &Cancel::NEVER));
    let tree = DominatorTree::new(graph, roots, &Cancel::NEVER);
    let retained = median(n_rounds, || retained_sizes(&tree, sizes));
    let with_costs: Vec<(NodeIx, u8)> = roots.iter().map(|root| (*root, 0)).collect();
    let paths = median(n_rounds, || CheapestTree::new(graph, &with_costs, costs, &Cancel::NEVER));
    json!({
        "graph": sample.name,
        "n_nodes": graph.n_nodes(),
        "n_edges": graph.n_edges(),
        "n_reachable": tree.n_reachable(),
        "bfs_s": search,
        "mark_s": mark,
        "dominators_s": dominators,
        "retained_s": retained,
        "paths_s": paths,
        "dominators_and_retained_over_bfs": (dominators + retained) / search,
    })
}

/// Nanoseconds per edge of the dominators of each hard shape, from ten thousand nodes up.
pub(crate) fn adversarial(most_nodes: u32) -> Vec<Value> {
    let sizes = [10_000, 100_000, 1_000_000, 10_000_000].into_iter().filter(|n_nodes| *n_nodes <= most_nodes);
    sizes
        .flat_map(shapes)
        .map(|sample| {
            let seconds = median(3, || DominatorTree::new(&sample.graph, &sample.roots, &Cancel::NEVER));
            json!({
                "graph": sample.name,
                "n_nodes": sample.graph.n_nodes(),
                "n_edges": sample.graph.n_edges(),
                "dominators_s": seconds,
                "ns_per_edge": seconds * 1e9 / sample.graph.n_edges() as f64,
            })
        })
        .collect()
}

/// The yardstick: each node's distance from the roots.
fn breadth_first(sample: &Sample) -> u32 {
    let mut distance = vec![u32::MAX; sample.graph.n_nodes()];
    let mut queue: Vec<u32> = Vec::with_capacity(distance.len());
    for root in &sample.roots {
        if distance[root.index()] == u32::MAX {
            distance[root.index()] = 0;
            queue.push(root.get());
        }
    }
    let mut next = 0;
    while let Some(node) = queue.get(next).copied() {
        next += 1;
        let below = distance[node as usize] + 1;
        for target in sample.graph.out(NodeIx::new(node)) {
            if distance[*target as usize] == u32::MAX {
                distance[*target as usize] = below;
                queue.push(*target);
            }
        }
    }
    black_box(&distance).iter().copied().filter(|found| *found != u32::MAX).max().unwrap_or(0)
}
