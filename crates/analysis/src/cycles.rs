//! Cycles: objects that keep each other alive.
//!
//! Modules, types and their dicts reach one another through every function's globals: with them nearly everything
//! that is alive would be one cycle, and no news. They are left out, unless they are garbage themselves; what is
//! found is made of the program's own data.

use std::cmp::Reverse;
use std::collections::VecDeque;

use heapview_graph::{Cycles, NodeIx, NodeSet};
use heapview_snapshot::{EdgeKind, ObjectIx, TypeIx};
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::groups::group_sizes;
use crate::heap::Heap;
use crate::reference::{Label, Reference};
use crate::roots::{node, object};

/// Types and references that are told of each kind.
const MAX_TOLD: usize = 6;
/// Objects of one cycle whose references are looked at.
const MAX_LOOKED_AT: usize = 100_000;
/// Rows whose retained size is computed exactly: each costs a walk of the heap.
const MAX_EXACT: usize = 32;

/// What is asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CycleOptions {
    /// Only cycles that no root reaches.
    pub only_garbage: bool,
    /// Rows wanted.
    pub limit: usize,
}

/// All cycles of one kind: made of objects of the same types.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CycleRow {
    pub n_cycles: u64,
    /// Objects in all of them.
    pub n_objects: u64,
    /// Objects in the largest.
    pub n_largest: u64,
    /// Bytes of the objects themselves.
    pub shallow_size: u64,
    /// Bytes that go when all of them go.
    pub retained_size: u64,
    /// If false, `retained_size` is a lower bound.
    pub retained_is_exact: bool,
    /// No root reaches them: they wait for the collector.
    pub is_garbage: bool,
    /// The most frequent types, with the number of their objects.
    pub types: Vec<(String, u64)>,
    pub n_types: usize,
    /// Types in the largest cycle whose `__del__` runs when the collector takes it apart.
    pub finalizers: Vec<String>,
    /// How objects of the largest cycle hold each other, most frequent first: `app.Node.children`.
    pub links: Vec<String>,
    /// A short cycle among them; the last reference leads back to where the first starts.
    pub example: Vec<Reference>,
    /// The objects of all of them.
    pub members: Vec<ObjectIx>,
}

/// Kinds of cycles, largest retained size first.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct CycleReport {
    pub rows: Vec<CycleRow>,
    /// Kinds in all.
    pub n_kinds: usize,
    pub truncated: bool,
    pub n_cycles: u64,
    /// Objects in all cycles.
    pub n_objects: u64,
}

/// O(objects + references), and as much for each of the first 32 rows.
pub fn cycles(heap: &Heap, options: CycleOptions) -> CycleReport {
    let left_out = machinery(heap);
    let is_wanted = |at: NodeIx| {
        heap.check_in(at.index());
        !heap.is_reachable(object(at)) || (!options.only_garbage && !left_out.contains(at))
    };
    // A garbage object does not hold what is alive, and nothing alive holds it: no cycle is of both.
    let found = heapview_graph::cycles(heap.graph(), is_wanted, |_, _| true);
    let mut kinds: FxHashMap<(bool, Vec<TypeIx>), Vec<usize>> = FxHashMap::default();
    let cycles: Vec<&[u32]> = found.iter().collect();
    for (number, members) in cycles.iter().enumerate() {
        heap.check();
        let mut types: Vec<TypeIx> =
            members.iter().map(|at| heap.snapshot().type_ix(ObjectIx::new(*at))).collect();
        types.sort_unstable();
        types.dedup();
        let is_garbage = !heap.is_reachable(ObjectIx::new(members[0]));
        kinds.entry((is_garbage, types)).or_default().push(number);
    }
    let kinds: Vec<Vec<usize>> = kinds.into_values().collect();
    let mut kind_of = vec![u32::MAX; heap.n_objects()];
    for (kind, numbers) in kinds.iter().enumerate() {
        for at in numbers.iter().flat_map(|number| cycles[*number]) {
            kind_of[*at as usize] = kind as u32;
        }
    }
    let sizes = group_sizes(heap, kinds.len(), |object| {
        Some(kind_of[object.index()]).filter(|kind| *kind != u32::MAX)
    });
    let mut order: Vec<usize> = (0..kinds.len()).collect();
    order.sort_by_key(|kind| (Reverse(sizes[*kind].retained_size), cycles[kinds[*kind][0]][0]));
    let (n_kinds, n_objects) = (kinds.len(), sizes.iter().map(|sizes| sizes.n_objects).sum());
    order.truncate(options.limit);
    let mut rows: Vec<CycleRow> = order
        .par_iter()
        .enumerate()
        .map(|(place, kind)| {
            heap.check();
            let members: Vec<&[u32]> = kinds[*kind].iter().map(|number| cycles[*number]).collect();
            let exact = (place < MAX_EXACT).then(|| retained_size(heap, &members));
            let mut row = row(heap, &members);
            row.shallow_size = sizes[*kind].shallow_size;
            row.retained_size = exact.unwrap_or(sizes[*kind].retained_size);
            row.retained_is_exact = exact.is_some();
            row
        })
        .collect();
    rows.sort_by_key(|row| (Reverse(row.retained_size), row.example.first().map(|step| step.from)));
    CycleReport {
        truncated: rows.len() < n_kinds,
        rows,
        n_kinds,
        n_cycles: Cycles::len(&found) as u64,
        n_objects,
    }
}

/// Modules, types, and the dicts that are their names.
fn machinery(heap: &Heap) -> NodeSet {
    let mut nodes = NodeSet::new(heap.n_objects());
    for holder in heap.objects() {
        let is_module = || heap.is_exactly(holder, "module");
        if heap.is_type(holder) || is_module() || heap.root_of(holder).is_some_and(is_namespace) {
            nodes.insert(node(holder));
            if let Some(dict) = heap.attribute_dict(holder) {
                nodes.insert(node(dict));
            }
        }
    }
    nodes
}

fn is_namespace(root: &crate::roots::HeapRoot) -> bool {
    use heapview_snapshot::RootKind::{Builtin, Interpreter, Module};

    matches!(root.kind, crate::HeapRootKind::Named(Module | Builtin | Interpreter))
}

fn retained_size(heap: &Heap, cycles: &[&[u32]]) -> u64 {
    let members: Vec<ObjectIx> = cycles.iter().flat_map(|one| *one).map(|one| ObjectIx::new(*one)).collect();
    heap.retained_size_of_set(&members)
}

/// What one kind has in common; sizes are left to the caller.
fn row(heap: &Heap, cycles: &[&[u32]]) -> CycleRow {
    let largest = cycles.iter().max_by_key(|members| members.len()).copied().unwrap_or_default();
    let mut n_by_type: FxHashMap<TypeIx, u64> = FxHashMap::default();
    for at in cycles.iter().flat_map(|members| *members) {
        *n_by_type.entry(heap.snapshot().type_ix(ObjectIx::new(*at))).or_default() += 1;
    }
    let name = |type_ix: TypeIx| heap.snapshot().types()[type_ix.index()].name.clone();
    let mut types: Vec<(String, u64)> =
        n_by_type.iter().map(|(type_ix, n_objects)| (name(*type_ix), *n_objects)).collect();
    types.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
    let n_types = types.len();
    types.truncate(MAX_TOLD);
    let members: FxHashSet<u32> = largest.iter().copied().collect();
    CycleRow {
        n_cycles: cycles.len() as u64,
        n_objects: cycles.iter().map(|members| members.len() as u64).sum(),
        n_largest: largest.len() as u64,
        shallow_size: 0,
        retained_size: 0,
        retained_is_exact: false,
        is_garbage: largest.first().is_some_and(|at| !heap.is_reachable(ObjectIx::new(*at))),
        types,
        n_types,
        finalizers: finalizers(heap, largest),
        links: links(heap, largest, &members),
        example: example(heap, largest, &members),
        members: cycles.iter().flat_map(|members| *members).copied().map(ObjectIx::new).collect(),
    }
}

/// Types of members that have a `__del__` of their own; those that C code brings along run nothing of the user's.
fn finalizers(heap: &Heap, members: &[u32]) -> Vec<String> {
    let mut seen: FxHashSet<TypeIx> = FxHashSet::default();
    let mut names = Vec::new();
    for at in members.iter().copied().map(ObjectIx::new) {
        if !seen.insert(heap.snapshot().type_ix(at)) {
            continue;
        }
        let found = heap.class_attribute(at, "__del__").flatten();
        if found.is_some_and(|found| !heap.is_exactly(found.value, "wrapper_descriptor")) {
            names.push(heap.type_name(at).to_owned());
        }
    }
    names.sort();
    names
}

/// By what attributes members hold each other, directly or through containers.
fn links(heap: &Heap, members: &[u32], set: &FxHashSet<u32>) -> Vec<String> {
    let mut counts: FxHashMap<String, u64> = FxHashMap::default();
    let mut of_containers: FxHashMap<String, u64> = FxHashMap::default();
    let mut owner_of: FxHashMap<ObjectIx, ObjectIx> = FxHashMap::default();
    let looked_at = || members.iter().take(MAX_LOOKED_AT).copied().map(ObjectIx::new);
    for owner in looked_at() {
        if let Some(dict) = heap.attribute_dict(owner) {
            owner_of.insert(dict, owner);
        }
    }
    for holder in looked_at() {
        let owner = owner_of.get(&holder).copied();
        let holder_type = heap.type_name(owner.unwrap_or(holder));
        for reference in heap.strong_references(holder).filter(|reference| set.contains(&reference.to.get()))
        {
            let name = match (reference.kind, reference.label) {
                (EdgeKind::InstanceDict, _) => continue,
                (EdgeKind::DictValue, Label::Key(key)) if owner.is_some() => heap.exact_text(key),
                (EdgeKind::Attribute | EdgeKind::Slot | EdgeKind::Internal, Label::Name(name)) => {
                    Some(heap.snapshot().string(name))
                }
                _ => None,
            };
            let counted = match name {
                Some(name) => counts.entry(format!("{holder_type}.{name}")),
                None => of_containers.entry(format!("{holder_type}[*]")),
            };
            *counted.or_default() += 1;
        }
    }
    if counts.is_empty() {
        counts = of_containers;
    }
    let mut links: Vec<(String, u64)> = counts.into_iter().collect();
    links.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
    links.into_iter().take(MAX_TOLD).map(|(name, _)| name).collect()
}

/// A shortest cycle through one member: one of a class if there is any, for containers say little.
fn example(heap: &Heap, members: &[u32], set: &FxHashSet<u32>) -> Vec<Reference> {
    let all = || members.iter().copied().map(ObjectIx::new);
    let has_class = |object: &ObjectIx| crate::patterns::has_class(heap, *object);
    let cost = |object: &ObjectIx| (heap.cheapest_tree().cost(node(*object)), *object);
    let Some(start) = all().filter(has_class).min_by_key(cost).or_else(|| all().min_by_key(cost)) else {
        return Vec::new();
    };
    let mut came_by: FxHashMap<ObjectIx, Reference> = FxHashMap::default();
    let mut queue = VecDeque::from([start]);
    while let Some(at) = queue.pop_front() {
        heap.check();
        for reference in heap.strong_references(at).filter(|reference| set.contains(&reference.to.get())) {
            if reference.to == start {
                let mut steps = vec![reference];
                let mut back = at;
                while let Some(reference) = came_by.get(&back) {
                    steps.push(*reference);
                    back = reference.from;
                }
                steps.reverse();
                return steps;
            }
            came_by.entry(reference.to).or_insert_with(|| {
                queue.push_back(reference.to);
                reference
            });
        }
    }
    Vec::new()
}
