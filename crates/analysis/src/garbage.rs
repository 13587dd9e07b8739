//! Objects that no root reaches, and what each of them keeps: one definition of retained size for garbage.
//!
//! Garbage has no roots to dominate from. So objects that hold each other count as one, for they go together; the
//! groups that no other garbage holds are taken as roots; and an object retains what its group dominates then.

use heapview_graph::{Cancel, Dominator, DominatorTree, HeapGraph, NodeIx, NodeSet, cycles, retained_set};
use heapview_snapshot::ObjectIx;
use rustc_hash::FxHashMap;

use crate::roots::node;

/// The garbage of a heap, objects that hold each other joined to groups.
#[derive(Debug)]
pub(crate) struct Garbage {
    /// The group of each garbage object.
    group_of: FxHashMap<ObjectIx, u32>,
    /// Which group holds which.
    groups: HeapGraph,
    /// Groups that no other group holds.
    sources: Vec<NodeIx>,
    tree: DominatorTree,
    /// Bytes of each group itself.
    sizes: Vec<u64>,
    /// Bytes of each group and of all that it dominates.
    retained: Vec<u64>,
}

impl Garbage {
    /// O(objects + references of garbage).
    pub(crate) fn new(
        graph: &HeapGraph,
        alive: &DominatorTree,
        size_of: impl Fn(ObjectIx) -> u64,
        cancel: &Cancel,
    ) -> Self {
        let is_garbage = |at: NodeIx| {
            cancel.check_in(at.index());
            !alive.is_reachable(at)
        };
        let mut group_of: FxHashMap<ObjectIx, u32> = FxHashMap::default();
        let mut n_groups = 0;
        for members in cycles(graph, is_garbage, |_, _| true).iter() {
            group_of.extend(members.iter().map(|member| (ObjectIx::new(*member), n_groups)));
            n_groups += 1;
        }
        let all = (0..graph.n_nodes() as u32).map(ObjectIx::new);
        for object in all.filter(|object| is_garbage(node(*object))) {
            group_of.entry(object).or_insert_with(|| {
                n_groups += 1;
                n_groups - 1
            });
        }
        let mut edges: Vec<(u32, u32)> = Vec::new();
        let mut sizes = vec![0u64; n_groups as usize];
        for (object, group) in &group_of {
            let size = &mut sizes[*group as usize];
            *size = size.saturating_add(size_of(*object));
            let targets = graph.out(node(*object)).iter();
            let held = targets.filter_map(|target| group_of.get(&ObjectIx::new(*target)));
            edges.extend(held.filter(|held| *held != group).map(|held| (*group, *held)));
        }
        edges.sort_unstable();
        edges.dedup();
        let offsets =
            (0..=n_groups).map(|group| edges.partition_point(|edge| edge.0 < group) as u32).collect();
        let mut is_held = vec![false; n_groups as usize];
        for (_, held) in &edges {
            is_held[*held as usize] = true;
        }
        let sources: Vec<NodeIx> =
            (0..n_groups).filter(|group| !is_held[*group as usize]).map(NodeIx::new).collect();
        let groups = HeapGraph::from_csr(offsets, edges.into_iter().map(|edge| edge.1).collect());
        let tree = DominatorTree::new(&groups, &sources, cancel);
        let mut retained = sizes.clone();
        for group in tree.preorder().rev() {
            if let Dominator::Node(above) = tree.immediate_dominator(group) {
                retained[above.index()] = retained[above.index()].saturating_add(retained[group.index()]);
            }
        }
        Self { group_of, groups, sources, tree, sizes, retained }
    }

    /// Garbage objects, in no order, and what each retains.
    pub(crate) fn retained_sizes(&self) -> impl Iterator<Item = (ObjectIx, u64)> + '_ {
        self.group_of.iter().map(|(object, group)| (*object, self.retained[*group as usize]))
    }

    /// Bytes that the garbage among `objects` retains together.
    pub(crate) fn retained_size_of_set(&self, objects: &[ObjectIx], cancel: &Cancel) -> u64 {
        let mut set = NodeSet::new(self.sizes.len());
        for group in objects.iter().filter_map(|object| self.group_of.get(object)) {
            set.insert(NodeIx::new(*group));
        }
        let retained = retained_set(&self.groups, &self.tree, &self.sources, &set, cancel);
        let all = self.tree.preorder().filter(|group| retained.contains(*group));
        all.fold(0, |sum: u64, group| sum.saturating_add(self.sizes[group.index()]))
    }

    /// Adds for each number that `number_of` gives what its garbage retains at least: its objects' groups, without
    /// those below another of its groups.
    pub(crate) fn add_retained(
        &self,
        number_of: impl Fn(ObjectIx) -> Option<u32>,
        mut add: impl FnMut(u32, u64),
    ) {
        let mut numbers: FxHashMap<u32, Vec<u32>> = FxHashMap::default();
        for (object, group) in &self.group_of {
            if let Some(number) = number_of(*object) {
                numbers.entry(*group).or_default().push(number);
            }
        }
        let mut n_open: FxHashMap<u32, u32> = FxHashMap::default();
        let mut open: Vec<(usize, u32)> = Vec::new();
        for (position, (group, n_below)) in self.tree.subtrees().enumerate() {
            while let Some((_, number)) = open.pop_if(|(end, _)| *end <= position) {
                n_open.entry(number).and_modify(|n_open| *n_open -= 1);
            }
            let Some(mut numbers) = numbers.remove(&group.get()) else { continue };
            numbers.sort_unstable();
            numbers.dedup();
            for number in numbers {
                let n_open = n_open.entry(number).or_default();
                if *n_open == 0 {
                    add(number, self.retained[group.index()]);
                }
                if n_below > 1 {
                    *n_open += 1;
                    open.push((position + n_below, number));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[derive(Clone, Debug)]
    struct Sample {
        n_nodes: usize,
        edges: Vec<(u32, u32)>,
        roots: Vec<u32>,
        asked: Vec<u32>,
    }

    fn samples() -> impl Strategy<Value = Sample> {
        (1usize..16).prop_flat_map(|n_nodes| {
            let node = 0..n_nodes as u32;
            (
                proptest::collection::vec((node.clone(), node.clone()), 0..n_nodes * 2),
                proptest::collection::vec(node.clone(), 0..2),
                proptest::collection::vec(node, 1..4),
            )
                .prop_map(move |(mut edges, roots, asked)| {
                    edges.sort_unstable();
                    Sample { n_nodes, edges, roots, asked }
                })
        })
    }

    impl Sample {
        /// What `from` reach without touching `without`.
        fn reached(&self, from: &[u32], without: &[u32]) -> Vec<bool> {
            let mut reached = vec![false; self.n_nodes];
            for node in from.iter().filter(|node| !without.contains(node)) {
                reached[*node as usize] = true;
            }
            for _ in 0..self.n_nodes {
                for (from, to) in &self.edges {
                    reached[*to as usize] |= reached[*from as usize] && !without.contains(to);
                }
            }
            reached
        }

        /// Those that hold the node and that it holds, itself among them.
        fn together(&self, node: u32) -> Vec<u32> {
            let reached = self.reached(&[node], &[]);
            (0..self.n_nodes as u32)
                .filter(|other| reached[*other as usize] && self.reached(&[*other], &[])[node as usize])
                .collect()
        }
    }

    fn size_of(object: ObjectIx) -> u64 {
        1 << object.get()
    }

    proptest! {
        #[test]
        fn garbage_retains_what_nothing_else_reaches(sample in samples()) {
            let offsets = (0..=sample.n_nodes as u32)
                .map(|node| sample.edges.partition_point(|edge| edge.0 < node) as u32)
                .collect();
            let graph = HeapGraph::from_csr(offsets, sample.edges.iter().map(|edge| edge.1).collect());
            let roots: Vec<NodeIx> = sample.roots.iter().copied().map(NodeIx::new).collect();
            let garbage = Garbage::new(&graph, &DominatorTree::new(&graph, &roots, &Cancel::NEVER), size_of, &Cancel::NEVER);
            let alive = sample.reached(&sample.roots, &[]);
            let dead: Vec<u32> = (0..sample.n_nodes as u32).filter(|node| !alive[*node as usize]).collect();
            // Groups that no other garbage holds.
            let sources: Vec<u32> = dead
                .iter()
                .copied()
                .filter(|node| {
                    let group = sample.together(*node);
                    sample.edges.iter().all(|(from, to)| {
                        !group.contains(to) || group.contains(from) || alive[*from as usize]
                    })
                })
                .collect();
            let retained = |asked: &[u32]| {
                let groups: Vec<u32> = asked.iter().flat_map(|node| sample.together(*node)).collect();
                let left = sample.reached(&sources, &groups);
                dead.iter().filter(|node| !left[**node as usize]).map(|node| 1u64 << node).sum::<u64>()
            };
            let found: FxHashMap<ObjectIx, u64> = garbage.retained_sizes().collect();
            prop_assert_eq!(found.len(), dead.len());
            for node in &dead {
                prop_assert_eq!(found[&ObjectIx::new(*node)], retained(&[*node]), "node {}", node);
            }
            let asked: Vec<u32> = sample.asked.iter().copied().filter(|node| !alive[*node as usize]).collect();
            let objects: Vec<ObjectIx> = asked.iter().copied().map(ObjectIx::new).collect();
            prop_assert_eq!(garbage.retained_size_of_set(&objects, &Cancel::NEVER), retained(&asked));
            // Of one group: never more than all of it retains, and all of a single object.
            let mut least = 0;
            garbage.add_retained(|object| objects.contains(&object).then_some(0), |_, size| least += size);
            prop_assert!(least <= retained(&asked));
            if let [single] = asked.as_slice() {
                prop_assert_eq!(least, retained(&[*single]));
            }
        }
    }
}
