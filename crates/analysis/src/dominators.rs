//! The dominator tree, level by level.

use std::cmp::Reverse;

use heapview_snapshot::ObjectIx;
use rayon::prelude::*;

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
    let all: Vec<ObjectIx> = heap.dominator_tree().children(of.map(node)).map(object).collect();
    // What is compared is looked up once: it lies anywhere in memory.
    let mut sized: Vec<(Reverse<u64>, ObjectIx)> = all
        .into_par_iter()
        .with_min_len(1 << 12)
        .map(|child| (Reverse(heap.retained_size(child)), child))
        .collect();
    let rows = page.of_sorted(&mut sized).iter().map(|(_, child)| *child).collect();
    Children { rows, total: sized.len() }
}
