//! The table of types: how many objects, how many bytes.

use heapview_snapshot::{ObjectIx, TypeIx};

use crate::heap::Heap;
use crate::roots::object;
use crate::selection::Selection;

/// One type.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HistogramRow {
    pub type_ix: TypeIx,
    pub type_name: String,
    pub n_objects: u64,
    /// Bytes of the objects themselves.
    pub shallow_size: u64,
    /// Bytes that go at least when all objects of the type go: retained sizes of those that no other object of
    /// the type dominates. What two of them hold together comes on top; [`crate::Heap::retained_size_of_set`]
    /// is exact.
    pub retained_size: u64,
}

/// All types, largest retained size first.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Histogram {
    pub rows: Vec<HistogramRow>,
    pub n_objects: u64,
    pub shallow_size: u64,
}

/// Counts all objects, or those of a selection, by type. O(objects).
pub fn histogram(heap: &Heap, of: Option<&Selection>) -> Histogram {
    let mut rows: Vec<HistogramRow> = heap
        .snapshot()
        .types()
        .iter()
        .enumerate()
        .map(|(position, row)| HistogramRow {
            type_ix: TypeIx::new(position as u32),
            type_name: row.name.clone(),
            n_objects: 0,
            shallow_size: 0,
            retained_size: 0,
        })
        .collect();
    let selected = of.map(|selection| {
        let mut selected = vec![false; heap.n_objects()];
        for object in &selection.objects {
            selected[object.index()] = true;
        }
        selected
    });
    let is_selected = |object: ObjectIx| selected.as_ref().is_none_or(|selected| selected[object.index()]);
    for object in heap.objects().filter(|object| is_selected(*object)) {
        let row = &mut rows[heap.snapshot().type_ix(object).index()];
        row.n_objects += 1;
        row.shallow_size += heap.shallow_size(object);
        if !heap.is_reachable(object) {
            row.retained_size += heap.shallow_size(object);
        }
    }
    // Dominators come before what they dominate and each subtree is one run: a stack of runs tells whether an
    // object lies below one of its own type.
    let tree = heap.dominator_tree();
    let mut n_open = vec![0u32; rows.len()];
    let mut open: Vec<(usize, usize)> = Vec::new();
    for (position, node) in tree.preorder().enumerate() {
        while let Some((_, type_position)) = open.pop_if(|(end, _)| *end <= position) {
            n_open[type_position] -= 1;
        }
        if !is_selected(object(node)) {
            continue;
        }
        let type_position = heap.snapshot().type_ix(object(node)).index();
        if n_open[type_position] == 0 {
            rows[type_position].retained_size += heap.retained_size(object(node));
        }
        n_open[type_position] += 1;
        open.push((position + tree.subtree(node).len(), type_position));
    }
    rows.retain(|row| row.n_objects > 0);
    rows.sort_by(|one, other| {
        other.retained_size.cmp(&one.retained_size).then_with(|| one.type_name.cmp(&other.type_name))
    });
    Histogram {
        n_objects: rows.iter().map(|row| row.n_objects).sum(),
        shallow_size: rows.iter().map(|row| row.shallow_size).sum(),
        rows,
    }
}
