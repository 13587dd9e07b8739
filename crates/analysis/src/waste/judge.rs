//! Which containers are wasteful, and by how much.

use heapview_graph::NodeSet;
use heapview_snapshot::{EdgeKind, ObjectIx};
use rustc_hash::FxHashMap;

use super::WasteKind;
use super::sizes::{self, DictTable};
use crate::heap::Heap;
use crate::patterns::has_class;
use crate::reference::Label;
use crate::roots::node;

/// Less is not worth a line.
const LEAST_SAVED: u64 = 64;
/// A list keeps an eighth and six more slots in reserve when it grows.
const SPARE: u64 = 6;
/// Fewer keys are no list.
const SHORTEST_LIST: u64 = 8;
/// Classes with fewer instances are not worth `__slots__`.
const FEWEST_INSTANCES: usize = 100;

/// Tells each wasteful object with its kind and the bytes that would be saved.
pub(super) fn judge(heap: &Heap, mut tell: impl FnMut(WasteKind, ObjectIx, u64)) {
    let mut attribute_dicts = NodeSet::new(heap.n_objects());
    let mut instances: FxHashMap<u32, Vec<(ObjectIx, u64)>> = FxHashMap::default();
    for owner in heap.objects() {
        let Some(dict) = heap.attribute_dict(owner) else { continue };
        attribute_dicts.insert(node(dict));
        if let Some(saved) = saved_by_slots(heap, owner, dict) {
            instances.entry(heap.snapshot().type_ix(owner).get()).or_default().push((owner, saved));
        }
    }
    for (owner, saved) in instances.into_values().filter(|rows| rows.len() >= FEWEST_INSTANCES).flatten() {
        tell(WasteKind::InstanceDict, owner, saved);
    }
    let of_tuple = heap.snapshot().types().iter().find(|row| row.name == "tuple");
    let tuple = |n_items| sizes::tuple(of_tuple.map_or(24, |row| row.basic_size), n_items);
    // Roots are the interpreter's own: nobody can change them, and the file may hold only a part of them.
    let is_judged = |object: &ObjectIx| heap.is_reachable(*object) && heap.root_of(*object).is_none();
    for object in heap.objects().filter(is_judged) {
        let size = heap.shallow_size(object);
        let n_edges = heap.snapshot().n_edges_of(object);
        if heap.is_exactly(object, "dict") && !attribute_dicts.contains(node(object)) {
            dict(heap, object, size, n_edges / 2, tuple(2), &mut tell);
        } else if heap.is_exactly(object, "list") {
            list(object, size, n_edges, &mut tell);
        } else if heap.is_exactly(object, "set") {
            match n_edges {
                0 => tell(WasteKind::EmptySet, object, size),
                1 => tell(WasteKind::SingleSet, object, size.saturating_sub(tuple(1))),
                _ => {}
            }
        }
    }
}

fn list(object: ObjectIx, size: u64, n_items: u64, tell: &mut impl FnMut(WasteKind, ObjectIx, u64)) {
    let n_spare = sizes::list_slots(size).saturating_sub(n_items);
    let saved = size.saturating_sub(sizes::list(n_items));
    if n_items == 0 && n_spare <= SPARE {
        tell(WasteKind::EmptyList, object, size);
    } else if n_spare > n_items / 8 + SPARE && saved >= LEAST_SAVED {
        tell(WasteKind::SpareList, object, saved);
    }
}

fn dict(
    heap: &Heap,
    object: ObjectIx,
    size: u64,
    n_entries: u64,
    pair: u64,
    tell: &mut impl FnMut(WasteKind, ObjectIx, u64),
) {
    if let Some(table) = DictTable::of(size).filter(|table| n_entries * 3 < table.usable()) {
        let saved = size.saturating_sub(table.size_anew(n_entries));
        if saved >= LEAST_SAVED {
            tell(WasteKind::SparseDict, object, saved);
            return;
        }
    }
    match n_entries {
        0 => tell(WasteKind::EmptyDict, object, size),
        1 => tell(WasteKind::SingleDict, object, size.saturating_sub(pair)),
        _ => {}
    }
    if let Some(n_slots) = list_length(heap, object, n_entries) {
        let saved = size.saturating_sub(sizes::list(n_slots));
        if saved >= LEAST_SAVED {
            tell(WasteKind::ListLikeDict, object, saved);
        }
    }
}

/// The length of the list that could take a dict's place: its keys are integers, at least every second from 0 on.
fn list_length(heap: &Heap, dict: ObjectIx, n_entries: u64) -> Option<u64> {
    if n_entries < SHORTEST_LIST {
        return None;
    }
    let (mut length, mut n_found) = (0, 0);
    for reference in heap.references(dict).filter(|reference| reference.kind == EdgeKind::DictValue) {
        let Label::Key(key) = reference.label else { return None };
        if !heap.is_exactly(key, "int") {
            return None;
        }
        let key: u64 =
            heap.snapshot().preview(key).filter(|preview| !preview.truncated)?.text.parse().ok()?;
        if key / 2 >= n_entries {
            return None;
        }
        length = length.max(key + 1);
        n_found += 1;
    }
    (n_found == n_entries).then_some(length)
}

/// What an instance would save if its class had `__slots__` and it no dict of its own.
fn saved_by_slots(heap: &Heap, owner: ObjectIx, dict: ObjectIx) -> Option<u64> {
    let is_own = has_class(heap, owner) && heap.is_exactly(dict, "dict") && heap.n_referrers(dict) == 1;
    // A class that builds on a container, or on C code, has more in it than attributes.
    let is_plain = heap.snapshot().type_of(owner).item_size == 0
        && heap.is_reachable(owner)
        && heap.class_attribute(owner, "__reduce_cython__").flatten().is_none();
    let n_attributes = heap.snapshot().n_edges_of(dict) / 2;
    if !is_own || !is_plain || has_other_parts(heap, owner) {
        return None;
    }
    let now = heap.shallow_size(owner) + heap.shallow_size(dict);
    now.checked_sub(sizes::slotted(n_attributes)).filter(|saved| *saved > 0)
}

fn has_other_parts(heap: &Heap, owner: ObjectIx) -> bool {
    heap.strong_references(owner)
        .any(|reference| !matches!(reference.kind, EdgeKind::InstanceDict | EdgeKind::Type))
}
