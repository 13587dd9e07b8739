//! Paths to roots: what keeps an object alive, best first.

use heapview_graph::{Detour, NodeIx, Path};
use heapview_snapshot::ObjectIx;

use crate::heap::Heap;
use crate::path_text::path_text;
use crate::reference::Reference;
use crate::roots::{HeapRoot, node, object};

/// Holders of one object that are looked at; the cheapest come first.
const MOST_HOLDERS: usize = 4096;
/// Objects looked at in the search for a way around the object itself.
const DETOUR_LIMIT: usize = 1_000_000;

/// How much of the answer is wanted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    pub max_paths: usize,
}

/// A chain of references from a root to an object.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RootPath {
    pub root: HeapRoot,
    /// From the root to the object; empty if the object is the root.
    pub steps: Vec<Reference>,
    /// The path in words: `Out[5]`.
    pub text: String,
    /// Evaluated in the live process, `text` gives the very object.
    pub is_expression: bool,
    /// How hard it is to act on; lower is better.
    pub cost: u32,
}

/// Paths to one object, best first, one for each distinct reference to it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct RootPaths {
    pub paths: Vec<RootPath>,
    /// There are more paths than these.
    pub truncated: bool,
}

/// The best path to an object; `None` if it is unreachable. O(length).
pub fn path_to_root(heap: &Heap, object: ObjectIx) -> Option<RootPath> {
    let path = heap.cheapest_tree().path(heap.graph(), node(object))?;
    Some(path_of(heap, &path, None))
}

/// For each strong reference to the object that lives without the object itself, the best path through it.
///
/// O(references of the holders); holders beyond 4096 are not looked at, the answer is then `truncated`.
pub fn root_paths(heap: &Heap, of: ObjectIx, limits: Limits) -> RootPaths {
    let target = node(of);
    let mut answer = RootPaths::default();
    if let Some(root) = heap.root_of(of) {
        let path = Path { root: node(root.object), edges: Vec::new() };
        answer.paths.push(path_of(heap, &path, None));
    }
    let mut holders = heap.graph().incoming(target).to_vec();
    holders.dedup();
    holders.sort_by_key(|holder| heap.cheapest_tree().cost(NodeIx::new(*holder)).unwrap_or(u32::MAX));
    answer.truncated = holders.len() > MOST_HOLDERS;
    for holder in holders.into_iter().take(MOST_HOLDERS).map(NodeIx::new) {
        match path_without(heap, holder, target) {
            Detour::Found(path) => {
                let mut references: Vec<Reference> =
                    heap.strong_references(object(holder)).filter(|reference| reference.to == of).collect();
                references.dedup();
                answer.paths.extend(references.into_iter().map(|last| path_of(heap, &path, Some(last))));
            }
            Detour::None => {}
            Detour::LimitReached => answer.truncated = true,
        }
    }
    answer.paths.sort_by_cached_key(|path| (path.cost, path.steps.len(), path.text.clone()));
    answer.truncated |= answer.paths.len() > limits.max_paths;
    answer.paths.truncate(limits.max_paths);
    answer
}

/// The best path to `holder` that does not lead through `without`.
fn path_without(heap: &Heap, holder: NodeIx, without: NodeIx) -> Detour {
    let tree = heap.dominator_tree();
    if !tree.is_reachable(holder) || tree.dominates(without, holder) {
        return Detour::None;
    }
    let cheapest = heap.cheapest_tree();
    if !cheapest.passes(holder, without) {
        return cheapest.path(heap.graph(), holder).map_or(Detour::None, Detour::Found);
    }
    cheapest.path_avoiding(heap.graph(), holder, without, DETOUR_LIMIT)
}

/// The path in words, with one reference more.
pub(crate) fn path_of(heap: &Heap, path: &Path, last: Option<Reference>) -> RootPath {
    let at_root = object(path.root);
    // Every path of the trees starts at a root of the heap.
    let root = heap.root_of(at_root).cloned().unwrap_or_else(|| HeapRoot::unknown(at_root));
    let mut cost = u32::from(crate::costs::root_cost(&root));
    let mut steps = Vec::with_capacity(path.edges.len() + 1);
    for step in &path.edges {
        let nth = step.edge - heap.graph().out_edges(step.from).start;
        steps.extend(heap.strong_references(object(step.from)).nth(nth));
        cost += u32::from(heap.edge_cost(step.edge));
    }
    if let Some(last) = last {
        cost += heap.reference_cost(&last);
        steps.push(last);
    }
    let text = path_text(heap, &root, &steps);
    RootPath { root, steps, text: text.text, is_expression: text.is_expression, cost }
}
