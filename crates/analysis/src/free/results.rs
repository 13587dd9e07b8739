//! The results that a function with an `lru_cache` keeps: whether the program can do with others of the same.

use heapview_snapshot::{EdgeKind, ObjectIx};

use super::ownership::Ownership;
use crate::heap::Heap;
use crate::readers::Reading;

/// Results that are looked at.
const MAX_RESULTS: usize = 4096;
/// Types whose instances cannot be changed.
const CONSTANT: [&str; 9] =
    ["NoneType", "bool", "int", "float", "complex", "str", "bytes", "tuple", "frozenset"];

/// The code that changes results of the cached function `wrapper`. O(results, up to a limit).
pub(super) fn reading(heap: &Heap, ownership: &Ownership<'_>, wrapper: ObjectIx) -> Reading {
    let results = || results(heap, wrapper).take(MAX_RESULTS);
    let changeable = results().filter(|result| !CONSTANT.contains(&heap.type_name(*result)));
    ownership.changes_results(wrapper, &changeable.collect::<Vec<ObjectIx>>())
}

fn results(heap: &Heap, wrapper: ObjectIx) -> impl Iterator<Item = ObjectIx> + '_ {
    let cache = heap.named_referent(wrapper, EdgeKind::Internal, "cache");
    let entries = cache.into_iter().flat_map(|cache| heap.strong_references(cache));
    entries.filter(|entry| entry.kind == EdgeKind::DictValue).map(|entry| {
        // A cache that has a limit keeps them in a ring.
        heap.named_referent(entry.to, EdgeKind::Internal, "result").unwrap_or(entry.to)
    })
}
