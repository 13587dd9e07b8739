//! Equal texts that are objects of their own.

use std::cmp::Reverse;

use heapview_snapshot::{ObjectIx, TypeFlags, TypeRow};
use rustc_hash::FxHashMap;

use crate::heap::Heap;
use crate::path::PathExpr;
use crate::patterns::most_frequent;
use crate::roots::node;

/// Equal `str` or `bytes` objects.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DuplicateRow {
    /// `str` or `bytes`.
    pub type_name: String,
    /// The text, or its beginning.
    pub text: String,
    /// If false, only the first characters and the size are known to be the same: the snapshot holds no more.
    pub is_certain: bool,
    pub n_objects: u64,
    /// Bytes of all but the largest one: what goes if one is left.
    pub saved_size: u64,
    pub largest: ObjectIx,
    /// Where most of them are, and how many those are; `None` if no root reaches any.
    pub place: Option<(PathExpr, u64)>,
}

/// Equal texts, those first by which most would be saved.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Duplicates {
    pub rows: Vec<DuplicateRow>,
    /// Texts that several objects have.
    pub n_texts: usize,
    pub truncated: bool,
    /// Objects that could go.
    pub n_surplus: u64,
    /// Bytes of those whose whole text is known.
    pub saved_size: u64,
    /// Bytes of those of which the beginning is known.
    pub uncertain_size: u64,
    /// Texts that could not be compared: the snapshot holds no previews of them.
    pub n_unknown: u64,
}

#[derive(PartialEq, Eq, Hash)]
struct Key<'a> {
    is_bytes: bool,
    text: &'a str,
    /// Of texts that the snapshot cuts; equal ones may differ otherwise, by what they cache.
    size: Option<u64>,
}

/// Compares all texts of exact `str` and `bytes` objects, but for those that code objects bring along.
/// O(texts).
pub fn duplicates(heap: &Heap, limit: usize) -> Duplicates {
    let mut answer = Duplicates::default();
    let mut found: FxHashMap<Key<'_>, Vec<ObjectIx>> = FxHashMap::default();
    let is_redacted = heap.snapshot().meta().is_redacted;
    let kind = |row: &TypeRow| match &*row.name {
        _ if row.flags.contains(TypeFlags::HEAP_TYPE) => None,
        "bytes" => Some(true),
        "str" => Some(false),
        _ => None,
    };
    // Of each type whether it is `bytes`; `None` of those that are no texts.
    let kinds: Vec<Option<bool>> = heap.snapshot().types().iter().map(kind).collect();
    for (object, type_ix) in heap.objects().zip(heap.snapshot().type_ixs()) {
        let Some(is_bytes) = kinds.get(type_ix.index()).copied().flatten() else { continue };
        if is_of_code(heap, object) {
            continue;
        }
        let Some(preview) = heap.snapshot().preview(object).filter(|preview| !is_empty_cut(preview)) else {
            answer.n_unknown += 1;
            continue;
        };
        // A redacted text is a hash of the whole.
        let is_cut = preview.truncated && !(is_redacted && preview.text.starts_with("redacted "));
        let size = is_cut.then(|| heap.shallow_size(object));
        found.entry(Key { is_bytes, text: preview.text, size }).or_default().push(object);
    }
    let mut groups: Vec<(Key<'_>, Vec<ObjectIx>, u64)> = Vec::new();
    for (key, objects) in found.into_iter().filter(|(_, objects)| objects.len() > 1) {
        let largest = objects.iter().map(|object| heap.shallow_size(*object)).max().unwrap_or(0);
        let saved = heap.shallow_size_of_set(&objects).saturating_sub(largest);
        answer.n_surplus += objects.len() as u64 - 1;
        let total = if key.size.is_none() { &mut answer.saved_size } else { &mut answer.uncertain_size };
        *total = total.saturating_add(saved);
        groups.push((key, objects, saved));
    }
    groups.sort_by_key(|(_, objects, saved)| (Reverse(*saved), objects[0]));
    answer.n_texts = groups.len();
    answer.truncated = groups.len() > limit;
    let rows = groups.into_iter().take(limit);
    answer.rows = rows
        .map(|(key, objects, saved_size)| DuplicateRow {
            type_name: if key.is_bytes { "bytes" } else { "str" }.to_owned(),
            text: key.text.to_owned(),
            is_certain: key.size.is_none(),
            n_objects: objects.len() as u64,
            saved_size,
            largest: objects
                .iter()
                .copied()
                .max_by_key(|object| heap.shallow_size(*object))
                .unwrap_or(objects[0]),
            place: most_frequent(heap, &objects),
        })
        .collect();
    answer
}

/// Whether a code object is its best holder: names, tables and docstrings that no program can share.
fn is_of_code(heap: &Heap, object: ObjectIx) -> bool {
    let holder = heap.cheapest_tree().parent(node(object));
    holder.is_some_and(|holder| heap.is_exactly(crate::roots::object(holder), "code"))
}

/// Of texts that were not written the flag alone says that there is one.
fn is_empty_cut(preview: &heapview_snapshot::Preview<'_>) -> bool {
    preview.truncated && preview.text.is_empty()
}
