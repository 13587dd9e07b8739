//! Graphs to measure: of a snapshot, of the shape of a heap, and those that are hard for dominators.

use std::path::Path;

use heapview_graph::{HeapGraph, NodeIx};
use heapview_snapshot::{ObjectIx, Snapshot};

/// A graph with what the algorithms need besides.
pub(crate) struct Sample {
    pub name: String,
    pub graph: HeapGraph,
    pub roots: Vec<NodeIx>,
    pub costs: Vec<u8>,
    pub sizes: Vec<u64>,
}

impl Sample {
    fn new(name: &str, offsets: Vec<u32>, targets: Vec<u32>, roots: Vec<NodeIx>) -> Self {
        let costs = (0..targets.len()).map(|edge| (edge % 7) as u8).collect();
        let graph = HeapGraph::from_csr(offsets, targets);
        let sizes = (0..graph.n_nodes()).map(|node| 16 + node as u64 % 5 * 8).collect();
        Self { name: name.to_owned(), graph, roots, costs, sizes }
    }

    /// A graph of a list of edges; node 0 is the root.
    fn of_edges(name: &str, n_nodes: u32, edges: impl Iterator<Item = (u32, u32)> + Clone) -> Self {
        let mut offsets = vec![0u32; n_nodes as usize + 1];
        for (from, _) in edges.clone() {
            offsets[from as usize + 1] += 1;
        }
        for node in 0..n_nodes as usize {
            offsets[node + 1] += offsets[node];
        }
        let mut next = offsets.clone();
        let mut targets = vec![0u32; offsets[n_nodes as usize] as usize];
        for (from, to) in edges {
            let slot = &mut next[from as usize];
            targets[*slot as usize] = to;
            *slot += 1;
        }
        Self::new(name, offsets, targets, vec![NodeIx::new(0)])
    }
}

/// The strong references of a snapshot, from its roots.
pub(crate) fn of_snapshot(path: &Path) -> Sample {
    let snapshot = Snapshot::open(path).expect("a snapshot");
    let (mut offsets, mut targets) = (vec![0u32], Vec::new());
    for object in (0..snapshot.n_objects() as u32).map(ObjectIx::new) {
        let strong = snapshot.edges(object).filter(|edge| edge.kind.is_strong());
        targets.extend(strong.filter_map(|edge| snapshot.find(edge.target)).map(ObjectIx::get));
        offsets.push(targets.len() as u32);
    }
    let roots = snapshot.roots().iter().filter_map(|root| snapshot.find(root.object));
    let roots = roots.map(|root| NodeIx::new(root.get())).collect();
    Sample::new("real", offsets, targets, roots)
}

/// Seeded random numbers (xorshift).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u32) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (((self.0 >> 32) * u64::from(limit)) >> 32) as u32
    }
}

/// 3.5 references per object: one from an object made shortly before, half of the others to objects nearby, a third
/// to a few popular ones, the rest anywhere. One position in five is exchanged with another.
pub(crate) fn synthetic(n_nodes: u32) -> Sample {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let mut place: Vec<u32> = (0..n_nodes).collect();
    for _ in 0..n_nodes / 10 {
        let (one, other) = (1 + random.below(n_nodes - 1), 1 + random.below(n_nodes - 1));
        place.swap(one as usize, other as usize);
    }
    let mut edges = Vec::with_capacity(n_nodes as usize * 7 / 2);
    for node in 1..n_nodes {
        let parent = node - 1 - random.below(node.min(1000));
        edges.push((place[parent as usize], place[node as usize]));
        for _ in 0..2 + random.below(2) {
            let target = match random.below(6) {
                0..3 => (node + random.below(200)).saturating_sub(100).min(n_nodes - 1),
                3..5 => random.below(1 + n_nodes / 1000),
                _ => random.below(n_nodes),
            };
            edges.push((place[node as usize], place[target as usize]));
        }
    }
    let sample = Sample::of_edges("synthetic", n_nodes, edges.iter().copied());
    drop(edges);
    sample
}

/// Shapes on which simpler algorithms are quadratic, each with about `n_nodes` nodes.
pub(crate) fn adversarial(n_nodes: u32) -> Vec<Sample> {
    let half = n_nodes / 2;
    let last = n_nodes - 1;
    let ladder = (0..half - 1).flat_map(|row| {
        let (left, right) = (row * 2, row * 2 + 1);
        [(left, left + 2), (right, right + 2), (left, right + 2), (right, left + 2)]
    });
    // A deep chain, and below its end a second one whose nodes are held from the first, the deepest from the top.
    let common_dominators = (1..half)
        .map(|node| (node - 1, node))
        .chain((half..n_nodes).map(|node| (node - 1, node)))
        .chain((half..n_nodes).map(move |node| (n_nodes - 1 - node, node)));
    let shared_leaf = (1..last).flat_map(move |node| [(node - 1, node), (node, node - 1), (node, last)]);
    let hub = (2..n_nodes).flat_map(|node| [(0, node), (node, 1), (1, node)]);
    vec![
        Sample::of_edges("ladder", n_nodes, ladder.chain([(0, 1)])),
        Sample::of_edges("two chains, common dominators far up", n_nodes, common_dominators),
        Sample::of_edges("chain, shared leaf, back edges", n_nodes, shared_leaf),
        Sample::of_edges("hub", n_nodes, hub),
    ]
}
