//! The dominator tree, level by level.

use heapview_snapshot::ObjectIx;

use crate::heap::Heap;
use crate::reference::Page;
use crate::roots::{node, object};

/// Some of the objects that one object dominates immediately, and how many there are.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Children {
    /// Largest retained size first.
    pub rows: Vec<ObjectIx>,
    pub total: usize,
}

/// Objects that `of` dominates immediately; for `None` those that no single object dominates.
/// O(children) for the page, sorted only as far as it needs.
pub fn children(heap: &Heap, of: Option<ObjectIx>, page: Page) -> Children {
    if page.len == 0 {
        return Children { rows: Vec::new(), total: heap.dominator_tree().children(of.map(node)).count() };
    }
    let mut all: Vec<ObjectIx> = heap.dominator_tree().children(of.map(node)).map(object).collect();
    let total = all.len();
    let key = |child: &ObjectIx| (std::cmp::Reverse(heap.retained_size(*child)), *child);
    let end = page.start.saturating_add(page.len).min(total);
    if page.start >= end {
        return Children { rows: Vec::new(), total };
    }
    if end < total {
        all.select_nth_unstable_by_key(end - 1, key);
    }
    all.truncate(end);
    all.sort_unstable_by_key(key);
    Children { rows: all.split_off(page.start), total }
}
