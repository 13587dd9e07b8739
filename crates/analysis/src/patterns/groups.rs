//! Objects grouped by path pattern.

use std::cmp::Reverse;

use heapview_snapshot::{ObjectIx, TypeIx};
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::groups::{GroupSizes, group_sizes};
use crate::heap::Heap;
use crate::path::PathExpr;
use crate::selection::Selection;

/// Rows whose retained size is computed exactly: each costs a walk of the heap.
const MAX_EXACT: usize = 32;

/// Objects whose best paths have one pattern.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PatternRow {
    /// `SESSIONS[*].history`; `None` for unreachable objects.
    pub pattern: Option<PathExpr>,
    /// The type of all; `None` if they are of several.
    pub type_name: Option<String>,
    pub n_objects: u64,
    /// Bytes of the objects themselves.
    pub shallow_size: u64,
    /// Bytes that go when all of them go.
    pub retained_size: u64,
    /// If false, `retained_size` is a lower bound: what several of them hold together comes on top.
    pub retained_is_exact: bool,
    /// The one that retains most.
    pub largest: ObjectIx,
}

/// Groups, largest retained size first.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Patterns {
    pub rows: Vec<PatternRow>,
    /// Groups in all.
    pub n_patterns: usize,
    pub truncated: bool,
    pub n_objects: u64,
    pub shallow_size: u64,
}

struct Group {
    node: Option<u32>,
    type_ix: Option<TypeIx>,
    largest: ObjectIx,
}

/// Groups the objects of a selection by path pattern; the `limit` groups that retain most are told.
///
/// O(objects + references), and as much for each of the first 32 rows.
pub fn patterns(heap: &Heap, of: &Selection, limit: usize) -> Patterns {
    let tree = heap.pattern_tree();
    let mut groups: Vec<Group> = Vec::new();
    let mut known: FxHashMap<Option<u32>, u32> = FxHashMap::default();
    let mut group_of = vec![u32::MAX; heap.n_objects()];
    for object in &of.objects {
        heap.check_in(object.index());
        let node = tree.of(*object).map(|node| tree.canonical(node));
        let type_ix = heap.snapshot().type_ix(*object);
        let number = *known.entry(node).or_insert_with(|| {
            groups.push(Group { node, type_ix: Some(type_ix), largest: *object });
            groups.len() as u32 - 1
        });
        let group = &mut groups[number as usize];
        if group.type_ix != Some(type_ix) {
            group.type_ix = None;
        }
        if heap.retained_size(*object) > heap.retained_size(group.largest) {
            group.largest = *object;
        }
        group_of[object.index()] = number;
    }
    let sizes = group_sizes(heap, groups.len(), |object| {
        Some(group_of[object.index()]).filter(|group| *group != u32::MAX)
    });
    let mut order: Vec<usize> = (0..groups.len()).collect();
    order.sort_by_key(|number| (Reverse(sizes[*number].retained_size), groups[*number].largest));
    let n_patterns = groups.len();
    let n_objects = sizes.iter().map(|sizes| sizes.n_objects).sum();
    let shallow_size = sizes.iter().map(|sizes| sizes.shallow_size).sum();
    order.truncate(limit);
    let exact = exact_sizes(heap, &group_of, &order[..order.len().min(MAX_EXACT)]);
    let mut rows: Vec<PatternRow> = order
        .iter()
        .enumerate()
        .map(|(place, number)| row(heap, &groups[*number], sizes[*number], exact.get(place).copied()))
        .collect();
    rows.sort_by_key(|row| (Reverse(row.retained_size), row.largest));
    Patterns { truncated: rows.len() < n_patterns, rows, n_patterns, n_objects, shallow_size }
}

fn row(heap: &Heap, group: &Group, sizes: GroupSizes, exact: Option<u64>) -> PatternRow {
    PatternRow {
        pattern: group.node.map(|node| heap.pattern_tree().path(heap, node)),
        type_name: group.type_ix.map(|type_ix| heap.snapshot().types()[type_ix.index()].name.clone()),
        n_objects: sizes.n_objects,
        shallow_size: sizes.shallow_size,
        retained_size: exact.unwrap_or(sizes.retained_size),
        retained_is_exact: exact.is_some() || sizes.n_objects == 1,
        largest: group.largest,
    }
}

/// The retained size of each group's reachable objects together, or the shallow size of unreachable ones.
fn exact_sizes(heap: &Heap, group_of: &[u32], wanted: &[usize]) -> Vec<u64> {
    let mut members: FxHashMap<u32, Vec<ObjectIx>> =
        wanted.iter().map(|number| (*number as u32, Vec::new())).collect();
    for object in heap.objects() {
        if let Some(members) = members.get_mut(&group_of[object.index()]) {
            members.push(object);
        }
    }
    wanted
        .par_iter()
        .map(|number| {
            heap.check();
            let members = members.get(&(*number as u32)).map_or(&[][..], Vec::as_slice);
            match members {
                [only] => heap.retained_size(*only),
                [first, ..] if !heap.is_reachable(*first) => {
                    members.iter().map(|object| heap.shallow_size(*object)).sum()
                }
                _ => heap.retained_size_of_set(members),
            }
        })
        .collect()
}

/// The pattern that most of the objects have, and how many do; `None` if no root reaches any.
pub(crate) fn most_frequent(heap: &Heap, objects: &[ObjectIx]) -> Option<(PathExpr, u64)> {
    let tree = heap.pattern_tree();
    let mut counts: FxHashMap<u32, u64> = FxHashMap::default();
    for node in objects.iter().filter_map(|object| tree.of(*object)) {
        *counts.entry(tree.canonical(node)).or_default() += 1;
    }
    let (node, n_objects) =
        counts.into_iter().max_by_key(|(node, n_objects)| (*n_objects, Reverse(*node)))?;
    Some((tree.path(heap, node), n_objects))
}
