//! Leak suspects: the objects below which a big share of the living heap spreads out. Evidence, no verdict.

use heapview_snapshot::{ObjectIx, TypeIx};
use rustc_hash::FxHashMap;

use crate::dominators;
use crate::heap::Heap;
use crate::reference::Page;
use crate::summary::{biggest, namespaces};

/// More objects than can each have the share that makes a suspect.
const MAX_SUSPECTS: usize = 100;

/// An accumulation point: what it retains is not in one object below it, but in many, or in itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Suspect {
    pub object: ObjectIx,
    /// Bytes.
    pub retained_size: u64,
    /// Objects that it dominates immediately.
    pub n_below: u64,
    /// Bytes that the largest of them retains.
    pub largest_below: u64,
    /// Of the types of these objects, the one whose objects retain most.
    pub main_type: Option<TypeBelow>,
}

/// The objects of one type that an object dominates immediately.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TypeBelow {
    pub type_ix: TypeIx,
    pub n_objects: u64,
    /// Bytes that they retain: none of them dominates another.
    pub retained_size: u64,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Suspects {
    /// Largest retained size first.
    pub rows: Vec<Suspect>,
    /// Bytes of all objects that some root reaches: what shares are shares of.
    pub reachable_size: u64,
}

/// The objects where memory sits, as the summary's biggest, that retain at least one part in `smallest_part` of what
/// the roots reach. Modules, their names, frames and what the interpreter holds for itself are none: they hold
/// everything. O(objects passed on the way down, and their children).
pub fn suspects(heap: &Heap, smallest_part: u64) -> Suspects {
    let reachable_size = heap.total_size().saturating_sub(heap.totals().unreachable_size);
    let least = (reachable_size / smallest_part.max(1)).max(1);
    let namespaces = namespaces(heap);
    let candidates = biggest(heap, MAX_SUSPECTS).into_iter();
    let mut rows: Vec<Suspect> = candidates
        .filter(|object| heap.retained_size(*object) >= least && !namespaces.contains(object))
        .map(|object| suspect(heap, object))
        .collect();
    rows.sort_by_key(|row| (std::cmp::Reverse(row.retained_size), row.object));
    Suspects { rows, reachable_size }
}

fn suspect(heap: &Heap, object: ObjectIx) -> Suspect {
    let below = dominators::children(heap, Some(object), Page { start: 0, len: usize::MAX });
    let mut types: FxHashMap<TypeIx, TypeBelow> = FxHashMap::default();
    for &child in &below.rows {
        let type_ix = heap.snapshot().type_ix(child);
        let sizes = types.entry(type_ix).or_insert(TypeBelow { type_ix, n_objects: 0, retained_size: 0 });
        sizes.n_objects += 1;
        sizes.retained_size = sizes.retained_size.saturating_add(heap.retained_size(child));
    }
    Suspect {
        object,
        retained_size: heap.retained_size(object),
        n_below: below.total as u64,
        largest_below: below.rows.first().map_or(0, |largest| heap.retained_size(*largest)),
        main_type: types.into_values().max_by_key(|of_type| (of_type.retained_size, of_type.type_ix)),
    }
}
