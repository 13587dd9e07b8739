//! The table of types: how many objects, how many bytes.

use std::cmp::Reverse;

use heapview_snapshot::{ObjectIx, TypeIx, TypeRow};
use rustc_hash::FxHashMap;

use crate::groups::group_sizes;
use crate::heap::Heap;
use crate::selection::{Selection, membership};

/// One type, or one group of objects.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HistogramRow {
    /// `app.Session`, `app.models`, or `app.Session.history[*]`; `unreachable` for objects that nothing holds for good.
    pub name: String,
    /// If the row is of a type.
    pub type_ix: Option<TypeIx>,
    pub n_objects: u64,
    /// Bytes of the objects themselves.
    pub shallow_size: u64,
    /// Bytes that go at least when all objects of the row go: retained sizes of those that no other object of
    /// the row dominates. What two of them hold together comes on top; [`crate::Heap::retained_size_of_set`]
    /// is exact.
    pub retained_size: u64,
}

/// All types or groups, largest retained size first. Every object is in one row.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Histogram {
    pub rows: Vec<HistogramRow>,
    pub n_objects: u64,
    pub shallow_size: u64,
}

impl Histogram {
    pub(crate) fn of_rows(rows: Vec<HistogramRow>) -> Self {
        Self {
            n_objects: rows.iter().fold(0, |sum, row| row.n_objects.saturating_add(sum)),
            shallow_size: rows.iter().fold(0, |sum, row| row.shallow_size.saturating_add(sum)),
            rows,
        }
    }
}

/// Counts all objects, or those of a selection, by type. O(objects) for a selection and once for all objects.
pub fn histogram(heap: &Heap, of: Option<&Selection>) -> Histogram {
    if of.is_none() { heap.totals().histogram.clone() } else { counted(heap, of) }
}

/// O(objects).
pub(crate) fn of_all(heap: &Heap) -> Histogram {
    counted(heap, None)
}

fn counted(heap: &Heap, of: Option<&Selection>) -> Histogram {
    let is_selected = membership(heap, of);
    // They are wanted in an order in which they lie all over the file.
    let types: Vec<TypeIx> = heap.snapshot().type_ixs().collect();
    let sizes = group_sizes(heap, heap.snapshot().types().len(), |object| {
        is_selected(object).then(|| types[object.index()].get())
    });
    let mut rows: Vec<HistogramRow> = heap
        .snapshot()
        .types()
        .iter()
        .zip(sizes)
        .enumerate()
        .map(|(position, (row, sizes))| HistogramRow {
            name: row.name.clone(),
            type_ix: Some(TypeIx::new(position as u32)),
            n_objects: sizes.n_objects,
            shallow_size: sizes.shallow_size,
            retained_size: sizes.retained_size,
        })
        .collect();
    rows.retain(|row| row.n_objects > 0);
    rows.sort_by(|one, other| {
        other.retained_size.cmp(&one.retained_size).then_with(|| one.name.cmp(&other.name))
    });
    Histogram::of_rows(rows)
}

/// What all objects of a row have in common.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum GroupBy {
    Type,
    /// The module of the type.
    Module,
    /// What holds the object on its best path: the nearest holder that is no container, and how.
    Referrer,
}

/// The group by referrer of objects that nothing holds for good.
const UNREACHABLE: &str = "unreachable";

/// Counts all objects, or those of a selection, by what they have in common. O(objects + references).
pub fn group_histogram(heap: &Heap, of: Option<&Selection>, by: GroupBy) -> Histogram {
    let is_selected = membership(heap, of);
    let mut names: Vec<String> = Vec::new();
    let mut known: FxHashMap<String, u32> = FxHashMap::default();
    let mut number = |name: String| {
        *known.entry(name).or_insert_with_key(|name| {
            names.push(name.clone());
            names.len() as u32 - 1
        })
    };
    let sizes = match by {
        GroupBy::Type => return histogram(heap, of),
        GroupBy::Module => {
            let types = heap.snapshot().types();
            let of_type: Vec<u32> = types.iter().map(|row| number(module_name(row).to_owned())).collect();
            let types: Vec<TypeIx> = heap.snapshot().type_ixs().collect();
            group_sizes(heap, of_type.len(), |object| {
                is_selected(object).then(|| of_type[types[object.index()].index()])
            })
        }
        GroupBy::Referrer => {
            let tree = heap.pattern_tree();
            let unreachable = number(UNREACHABLE.to_owned());
            let mut is_used = vec![false; tree.n_nodes()];
            for node in
                heap.objects().filter(|object| is_selected(*object)).filter_map(|object| tree.of(object))
            {
                is_used[node as usize] = true;
            }
            let of_node: Vec<u32> = (0..tree.n_nodes() as u32)
                .map(|node| {
                    if is_used[node as usize] { number(tree.holder_path(heap, node).to_string()) } else { 0 }
                })
                .collect();
            group_sizes(heap, of_node.len() + 1, |object| {
                is_selected(object)
                    .then(|| tree.of(object).map_or(unreachable, |node| of_node[node as usize]))
            })
        }
    };
    let mut rows: Vec<HistogramRow> = names
        .into_iter()
        .zip(sizes)
        .filter(|(_, sizes)| sizes.n_objects > 0)
        .map(|(name, sizes)| HistogramRow {
            name,
            type_ix: None,
            n_objects: sizes.n_objects,
            shallow_size: sizes.shallow_size,
            retained_size: sizes.retained_size,
        })
        .collect();
    rows.sort_by(|one, other| {
        (Reverse(one.retained_size), &one.name).cmp(&(Reverse(other.retained_size), &other.name))
    });
    Histogram::of_rows(rows)
}

/// The objects of the group called `name`, largest retained size first. O(objects + references).
pub fn of_group(heap: &Heap, by: GroupBy, name: &str) -> Selection {
    let mut objects: Vec<ObjectIx> = match by {
        GroupBy::Type => {
            let types = heap.snapshot().types();
            let is_in: Vec<bool> = types.iter().map(|row| row.name == name).collect();
            heap.objects().filter(|object| is_in[heap.snapshot().type_ix(*object).index()]).collect()
        }
        GroupBy::Module => {
            let types = heap.snapshot().types();
            let is_in: Vec<bool> = types.iter().map(|row| module_name(row) == name).collect();
            heap.objects().filter(|object| is_in[heap.snapshot().type_ix(*object).index()]).collect()
        }
        GroupBy::Referrer => {
            let tree = heap.pattern_tree();
            let nodes = 0..tree.n_nodes() as u32;
            let is_in: Vec<bool> =
                nodes.map(|node| tree.holder_path(heap, node).to_string() == name).collect();
            let is_unreachable = name == UNREACHABLE;
            heap.objects()
                .filter(|object| tree.of(*object).map_or(is_unreachable, |node| is_in[node as usize]))
                .collect()
        }
    };
    objects.sort_by_key(|object| (Reverse(heap.retained_size(*object)), *object));
    Selection { objects }
}

fn module_name(row: &TypeRow) -> &str {
    if row.module.is_empty() { "builtins" } else { &row.module }
}
