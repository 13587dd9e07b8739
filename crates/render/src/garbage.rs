//! What no root reaches, in words: the only place that says what the collector does with it.

use heapview_analysis::Heap;
use heapview_analysis::free::Collection;
use heapview_snapshot::ObjectIx;

use crate::number::{count, size};

/// What stands in place of a path.
pub const UNREACHABLE: &str = "unreachable";

/// `unreachable: the next collection frees it`.
pub fn unreachable_label(heap: &Heap, object: ObjectIx) -> String {
    let collection = Collection::of(heap, [object]);
    let why = if collection.is_frozen {
        "gc.freeze() has set it apart, and no collection looks at it before gc.unfreeze()"
    } else if collection.saves_all {
        "a collection puts it into gc.garbage while gc.DEBUG_SAVEALL is set"
    } else if collection.is_disabled {
        "it waits for gc.collect(), for the collector is disabled"
    } else {
        "the next collection frees it"
    };
    format!("{UNREACHABLE}: {why}")
}

/// When the collector takes what waits for it: what "they" do.
pub(crate) fn collection_words(collection: Collection) -> &'static str {
    if collection.is_frozen {
        "wait for gc.unfreeze(): gc.freeze() has set them apart, and no collection looks at them"
    } else if collection.saves_all {
        "wait for gc.collect(), which puts them into gc.garbage while gc.DEBUG_SAVEALL is set"
    } else if collection.is_disabled {
        "wait for gc.collect(): the collector is disabled"
    } else {
        "go with the next collection"
    }
}

/// `12 objects, 1.2 MiB: they wait for the collector`.
pub fn unreachable_total(heap: &Heap, n_objects: u64, n_bytes: u64) -> String {
    if n_objects == 0 {
        return "nothing".to_owned();
    }
    let collection = Collection::of(heap, []);
    let why = if collection.is_automatic() { "wait for the collector" } else { collection_words(collection) };
    let objects = if n_objects == 1 { "object" } else { "objects" };
    format!("{} {objects}, {}: they {why}", count(n_objects), size(n_bytes))
}
