//! What lies around one object, as a petgraph graph: what keeps it alive above, what it holds below.

use petgraph::graph::{DiGraph, NodeIndex};
use rustc_hash::FxHashMap;
use std::collections::VecDeque;

use heapview_snapshot::ObjectIx;

use crate::heap::Heap;
use crate::object::referents;
use crate::paths::{Limits, root_paths};
use crate::reference::{Page, Reference};
use crate::roots::HeapRoot;

/// How far one looks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Reach {
    /// Paths to roots; each leads through a referrer of its own.
    pub max_paths: usize,
    /// Levels below the object.
    pub depth: usize,
    /// References of each object below; those that keep the most come first.
    pub max_referents: usize,
}

/// A part of the reference graph. Each object stands in it once, each of its references once.
#[derive(Clone, Debug)]
pub struct Surroundings {
    pub graph: DiGraph<ObjectIx, Reference>,
    /// The object asked about.
    pub center: NodeIndex,
    /// Roots among the objects.
    pub roots: Vec<(NodeIndex, HeapRoot)>,
    /// References of objects down to the last level but one that are left out.
    pub n_left_out: usize,
    /// There are more paths to roots.
    pub truncated: bool,
}

/// O(references of what is shown), besides the search for the paths.
pub fn surroundings(heap: &Heap, of: ObjectIx, reach: Reach) -> Surroundings {
    let mut graph = DiGraph::new();
    let center = graph.add_node(of);
    let mut part = Part { graph, nodes: FxHashMap::from_iter([(of, center)]) };
    let paths = root_paths(heap, of, Limits { max_paths: reach.max_paths });
    let mut roots: FxHashMap<NodeIndex, HeapRoot> = FxHashMap::default();
    for path in paths.paths {
        path.steps.iter().for_each(|step| part.add(step));
        roots.insert(part.node(path.root.object), path.root);
    }
    let mut n_left_out = 0;
    let mut to_visit = VecDeque::from([(of, 0)]);
    let mut seen = rustc_hash::FxHashSet::from_iter([of]);
    while let Some((object, level)) = to_visit.pop_front() {
        if level == reach.depth {
            break;
        }
        let held = referents(heap, object, Page { start: 0, len: reach.max_referents });
        n_left_out += held.total - held.rows.len();
        for reference in held.rows {
            part.add(&reference);
            if seen.insert(reference.to) {
                to_visit.push_back((reference.to, level + 1));
            }
        }
    }
    let mut roots: Vec<_> = roots.into_iter().collect();
    roots.sort_by_key(|(node, _)| *node);
    Surroundings { graph: part.graph, center, roots, n_left_out, truncated: paths.truncated }
}

struct Part {
    graph: DiGraph<ObjectIx, Reference>,
    nodes: FxHashMap<ObjectIx, NodeIndex>,
}

impl Part {
    fn node(&mut self, object: ObjectIx) -> NodeIndex {
        *self.nodes.entry(object).or_insert_with(|| self.graph.add_node(object))
    }

    fn add(&mut self, reference: &Reference) {
        let (from, to) = (self.node(reference.from), self.node(reference.to));
        if !self.graph.edges_connecting(from, to).any(|edge| edge.weight() == reference) {
            self.graph.add_edge(from, to, *reference);
        }
    }
}

#[cfg(test)]
mod tests {
    use petgraph::algo::has_path_connecting;

    use super::{Reach, surroundings};
    use crate::testing::Told;

    const STORY: &str = "CACHE = dict; CACHE['a'] = list; CACHE['a'][0] = app.Row; CACHE['a'][1] = app.Row; \
                         other = CACHE['a']; CACHE['a'][0].next = bytes";

    fn reach(depth: usize, max_referents: usize) -> Reach {
        Reach { max_paths: 10, depth, max_referents }
    }

    #[test]
    fn every_root_leads_to_the_object_and_the_object_to_what_it_holds() {
        let told = Told::new(STORY);
        let found = surroundings(&told.heap, told.at("CACHE['a']"), reach(2, 10));
        assert!(!found.roots.is_empty());
        for (root, _) in &found.roots {
            assert!(has_path_connecting(&found.graph, *root, found.center, None));
        }
        let held = told.at("CACHE['a'][0].next");
        let held = found.graph.node_indices().find(|node| found.graph[*node] == held).unwrap();
        assert!(has_path_connecting(&found.graph, found.center, held, None));
    }

    #[test]
    fn what_is_left_out_is_counted() {
        let told = Told::new(STORY);
        let list = told.at("CACHE['a']");
        let whole = surroundings(&told.heap, list, reach(1, 10));
        let part = surroundings(&told.heap, list, reach(1, 1));
        assert_eq!(whole.n_left_out, 0);
        assert_eq!(part.n_left_out, whole.graph.edges(whole.center).count() - 1);
    }

    #[test]
    fn objects_and_references_stand_once() {
        let told = Told::new(STORY);
        let found = surroundings(&told.heap, told.at("CACHE['a'][0]"), reach(3, 10));
        let mut objects: Vec<_> = found.graph.node_weights().copied().collect();
        let mut references: Vec<String> = found.graph.edge_weights().map(|one| format!("{one:?}")).collect();
        let counts = (objects.len(), references.len());
        objects.sort_unstable();
        objects.dedup();
        references.sort_unstable();
        references.dedup();
        assert_eq!(counts, (objects.len(), references.len()));
    }
}
