//! Containers that take more memory than what they hold needs.
//!
//! Bytes to be saved follow from the sizes of CPython's own structures (64 bit, with the GIL): see `sizes`.

mod judge;
mod sizes;

use std::cmp::Reverse;

use heapview_snapshot::ObjectIx;
use rustc_hash::FxHashMap;

use crate::heap::Heap;

/// What is wasteful about an object.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum WasteKind {
    EmptyDict,
    EmptyList,
    EmptySet,
    /// A dict with a single entry; a tuple of key and value takes less.
    SingleDict,
    /// A set with a single member.
    SingleSet,
    /// A list with many more slots than items.
    SpareList,
    /// A dict whose table is mostly unused, because entries were deleted.
    SparseDict,
    /// A dict whose keys are the integers from 0 on, or nearly.
    ListLikeDict,
    /// Instances of one class, each with a dict for its attributes.
    InstanceDict,
}

/// Wasteful objects of one kind in one place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WasteRow {
    pub kind: WasteKind,
    /// The path pattern: `SESSIONS[*].settings`; of instances with dicts the class.
    pub place: String,
    pub n_objects: u64,
    /// Bytes of the objects themselves.
    pub shallow_size: u64,
    /// Bytes that would be saved.
    pub saved_size: u64,
    /// The one that wastes most.
    pub worst: ObjectIx,
}

/// All of one kind.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct WasteTotal {
    pub kind: WasteKind,
    pub n_objects: u64,
    pub saved_size: u64,
}

/// What could be saved, most first. An object may be in several kinds: savings do not add up.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Waste {
    pub totals: Vec<WasteTotal>,
    pub rows: Vec<WasteRow>,
    /// Rows in all.
    pub n_rows: usize,
    pub truncated: bool,
}

struct Group {
    n_objects: u64,
    shallow_size: u64,
    saved_size: u64,
    worst: (u64, ObjectIx),
}

/// Looks at all reachable containers. O(objects + references).
pub fn waste(heap: &Heap, limit: usize) -> Waste {
    let tree = heap.pattern_tree();
    let types = heap.snapshot().types();
    let mut groups: FxHashMap<(WasteKind, u32), Group> = FxHashMap::default();
    judge::judge(heap, |kind, object, saved_size| {
        let place = match kind {
            WasteKind::InstanceDict => heap.snapshot().type_ix(object).get(),
            _ => tree.of(object).map_or(u32::MAX, |node| tree.canonical(node)),
        };
        let group = groups.entry((kind, place)).or_insert(Group {
            n_objects: 0,
            shallow_size: 0,
            saved_size: 0,
            worst: (saved_size, object),
        });
        group.n_objects += 1;
        group.shallow_size += heap.shallow_size(object);
        group.saved_size += saved_size;
        if saved_size > group.worst.0 {
            group.worst = (saved_size, object);
        }
    });
    let mut totals: FxHashMap<WasteKind, WasteTotal> = FxHashMap::default();
    for ((kind, _), group) in &groups {
        let total = totals.entry(*kind).or_insert(WasteTotal { kind: *kind, n_objects: 0, saved_size: 0 });
        total.n_objects += group.n_objects;
        total.saved_size += group.saved_size;
    }
    let mut totals: Vec<WasteTotal> = totals.into_values().collect();
    totals.sort_by_key(|total| (Reverse(total.saved_size), total.kind));
    let mut groups: Vec<((WasteKind, u32), Group)> = groups.into_iter().collect();
    groups.sort_by_key(|((kind, _), group)| (Reverse(group.saved_size), *kind, group.worst.1));
    let n_rows = groups.len();
    groups.truncate(limit);
    let row = |((kind, place), group): ((WasteKind, u32), Group)| WasteRow {
        kind,
        place: match kind {
            WasteKind::InstanceDict => types[place as usize].name.clone(),
            _ if (place as usize) < tree.n_nodes() => tree.path(heap, place).to_string(),
            _ => String::new(),
        },
        n_objects: group.n_objects,
        shallow_size: group.shallow_size,
        saved_size: group.saved_size,
        worst: group.worst.1,
    };
    Waste { totals, truncated: n_rows > limit, n_rows, rows: groups.into_iter().map(row).collect() }
}
