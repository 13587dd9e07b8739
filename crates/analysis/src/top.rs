//! The largest objects.

use std::cmp::Reverse;

use heapview_snapshot::ObjectIx;

use crate::heap::Heap;

/// What counts as large.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum By {
    Retained,
    Shallow,
}

/// The `limit` largest objects, largest first. O(objects).
pub fn top(heap: &Heap, by: By, limit: usize) -> Vec<ObjectIx> {
    let key = |object: &ObjectIx| {
        let size = match by {
            By::Retained => heap.retained_size(*object),
            By::Shallow => heap.shallow_size(*object),
        };
        (Reverse(size), *object)
    };
    let mut objects: Vec<ObjectIx> = heap.objects().collect();
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
