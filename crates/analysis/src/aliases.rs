//! Names that lead to one object through one keeper: `Out[5]`, also `_5`, `_`.

use heapview_snapshot::{EdgeKind, ObjectIx};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::heap::Heap;
use crate::path::evaluate;
use crate::paths::RootPath;

/// Where an interactive session keeps what it was asked for, besides the names of `__main__`.
const SESSION: [&str; 7] = [
    "Out",
    "_oh",
    "get_ipython().user_ns",
    "get_ipython().user_ns_hidden",
    "get_ipython().displayhook",
    "get_ipython().last_execution_result",
    "get_ipython().history_manager.output_hist",
];

/// Who keeps the object by a path's last reference.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Keeper {
    /// The object is a root itself.
    Root,
    /// The notebook or the interactive shell.
    Session,
    /// Its own dict counts as the object.
    Object(ObjectIx),
}

/// The paths, best first, with those of one keeper as aliases of its best.
pub(crate) fn merged(heap: &Heap, paths: Vec<RootPath>) -> Vec<RootPath> {
    let session = session(heap);
    let mut place_of: FxHashMap<Keeper, usize> = FxHashMap::default();
    let mut merged: Vec<RootPath> = Vec::new();
    for path in paths {
        let keeper = keeper(&path, &session);
        if let Some(place) = place_of.get(&keeper) {
            merged[*place].aliases.push(path.path);
        } else {
            place_of.insert(keeper, merged.len());
            merged.push(path);
        }
    }
    merged
}

fn keeper(path: &RootPath, session: &FxHashSet<ObjectIx>) -> Keeper {
    let Some((last, before)) = path.steps.split_last() else { return Keeper::Root };
    let owner = match before.last() {
        Some(dict) if dict.kind == EdgeKind::InstanceDict => dict.from,
        _ => last.from,
    };
    if session.contains(&owner) || session.contains(&last.from) {
        Keeper::Session
    } else {
        Keeper::Object(owner)
    }
}

/// Objects of the session that keep results; none if no IPython runs.
pub(crate) fn session(heap: &Heap) -> FxHashSet<ObjectIx> {
    if heap.main_global("get_ipython").is_none() {
        return FxHashSet::default();
    }
    let kept = SESSION.iter().filter_map(|expression| evaluate(heap, expression).ok());
    kept.chain(heap.module("__main__")).collect()
}
