//! A path to what is to be cut that a line can start from: Python, and clear of all that the cut takes away.

use heapview_graph::path_clear_of;
use heapview_snapshot::ObjectIx;

use crate::heap::Heap;
use crate::paths::{Limits, RootPath, path_of, root_paths};
use crate::reference::Reference;
use crate::roots::{HeapRoot, node, object};

/// Objects looked at for a path to a holder that the cut leaves alone.
const DETOUR_LIMIT: usize = 100_000;
/// Other paths to a holder that are tried if the best one is no Python.
const MAX_PATHS: usize = 16;

/// What came of looking for a line.
pub(super) enum Named<T> {
    /// A line, and how hard its path is to act on.
    Line(T, u32),
    /// No path gives a line; the best path.
    Words(RootPath),
    /// No path is clear of the cut.
    Nowhere,
}

/// Tries `line` with the root and the steps of each path that ends with `reference` and touches no object for which
/// `is_blocked`, best first.
pub(super) fn named<T>(
    heap: &Heap,
    (reference, on_path): (Reference, u32),
    is_blocked: &dyn Fn(ObjectIx) -> bool,
    line: &dyn Fn(&HeapRoot, &[Reference]) -> Option<T>,
) -> Named<T> {
    let blocked = |node| is_blocked(object(node));
    let is_root = |node| heap.root_of(object(node)).is_some();
    let holder = node(reference.from);
    let clear = path_clear_of(heap.graph(), heap.cheapest_tree(), holder, &blocked, &is_root, DETOUR_LIMIT);
    let first = clear.map(|path| path_of(heap, &path, Some((reference, on_path))));
    if let Some(path) = &first
        && let Some(found) = line(&path.root, &path.steps)
    {
        return Named::Line(found, path.cost);
    }
    let others = root_paths(heap, reference.from, Limits { max_paths: MAX_PATHS }).paths;
    let is_clear =
        |path: &RootPath| !is_blocked(path.root.object) && path.steps.iter().all(|step| !is_blocked(step.to));
    for path in others.into_iter().filter(is_clear) {
        let steps: Vec<Reference> = path.steps.iter().copied().chain([reference]).collect();
        if let Some(found) = line(&path.root, &steps) {
            return Named::Line(found, path.cost);
        }
    }
    first.map_or(Named::Nowhere, Named::Words)
}
