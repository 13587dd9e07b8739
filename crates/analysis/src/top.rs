//! The largest objects.

use std::cmp::Reverse;

use heapview_snapshot::ObjectIx;

use crate::heap::Heap;
use crate::selection::Selection;

/// What counts as large.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum By {
    Retained,
    Shallow,
}

/// The `limit` largest objects, largest first. O(objects).
pub fn top(heap: &Heap, by: By, limit: usize) -> Vec<ObjectIx> {
    largest(heap, heap.objects().collect(), by, limit)
}

/// The `limit` largest objects of a selection, largest first. O(objects of the selection).
pub fn top_of(heap: &Heap, of: &Selection, by: By, limit: usize) -> Vec<ObjectIx> {
    largest(heap, of.objects.clone(), by, limit)
}

fn largest(heap: &Heap, mut objects: Vec<ObjectIx>, by: By, limit: usize) -> Vec<ObjectIx> {
    let key = |object: &ObjectIx| {
        let size = match by {
            By::Retained => heap.retained_size(*object),
            By::Shallow => heap.shallow_size(*object),
        };
        (Reverse(size), *object)
    };
    if limit == 0 {
        return Vec::new();
    }
    if limit < objects.len() {
        objects.select_nth_unstable_by_key(limit - 1, key);
        objects.truncate(limit);
    }
    objects.sort_unstable_by_key(key);
    objects
}
