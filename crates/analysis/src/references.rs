//! From the references of the file to edges of the graph.

use std::ops::Range;

use heapview_graph::{Cancel, memory};
use heapview_snapshot::{Edge, ObjectIx, Snapshot};
use rayon::prelude::*;

use crate::costs::EdgeCosts;

/// Objects resolved by one task.
const TASK: usize = 1 << 13;
/// References whose targets are looked up together.
const TOGETHER: usize = 1 << 10;

/// The strong references to objects in the file, in file order.
#[derive(Default)]
pub(crate) struct Edges {
    /// Edges of each object.
    degrees: Vec<u32>,
    pub targets: Vec<u32>,
    pub costs: Vec<u8>,
}

impl Edges {
    /// Finds the target of each reference and its cost. O(references) on all processors.
    pub(crate) fn new(snapshot: &Snapshot, costs: &EdgeCosts, cancel: &Cancel) -> Self {
        let n_edges = snapshot.n_edges() as usize;
        let mut all = Self {
            degrees: memory::with_capacity(snapshot.n_objects() + 1),
            targets: memory::with_capacity(n_edges),
            costs: Vec::with_capacity(n_edges),
        };
        let add = |part: &mut Self, edge: &Edge, target: ObjectIx| {
            part.targets.push(target.get());
            part.costs.push(costs.of(edge, target));
        };
        for_each_part(snapshot, add, |part| {
            cancel.check();
            all.degrees.extend(part.degrees);
            all.targets.extend(part.targets);
            all.costs.extend(part.costs);
        });
        all
    }

    /// Where the edges of each object begin, and where the last one's end.
    pub(crate) fn offsets(&mut self) -> Vec<u32> {
        let mut offsets = std::mem::take(&mut self.degrees);
        let mut end = 0;
        for offset in &mut offsets {
            (*offset, end) = (end, end + *offset);
        }
        offsets.push(end);
        offsets
    }
}

/// The targets alone.
pub(crate) fn resolved_targets(snapshot: &Snapshot) -> Vec<u32> {
    let mut targets = Vec::with_capacity(snapshot.n_edges() as usize);
    let add = |part: &mut Edges, _: &Edge, target: ObjectIx| part.targets.push(target.get());
    for_each_part(snapshot, add, |part| targets.extend(part.targets));
    targets
}

/// Resolves all strong references; `take` gets them in order, as few at a time as keep all processors busy.
fn for_each_part(
    snapshot: &Snapshot,
    add: impl Fn(&mut Edges, &Edge, ObjectIx) + Sync,
    mut take: impl FnMut(Edges),
) {
    let n_objects = snapshot.n_objects();
    let n_tasks = n_objects.div_ceil(TASK);
    let batch = rayon::current_num_threads() * 8;
    for first in (0..n_tasks).step_by(batch) {
        let parts: Vec<Edges> = (first..n_tasks.min(first + batch))
            .into_par_iter()
            .map(|task| resolved(snapshot, task * TASK..n_objects.min((task + 1) * TASK), &add))
            .collect();
        parts.into_iter().for_each(&mut take);
    }
}

/// The strong references of some objects.
fn resolved(
    snapshot: &Snapshot,
    objects: Range<usize>,
    add: &(impl Fn(&mut Edges, &Edge, ObjectIx) + Sync),
) -> Edges {
    let mut part = Edges { degrees: vec![0; objects.len()], ..Edges::default() };
    let (mut next, counts) = snapshot.edge_counts(objects);
    let end = counts.iter().fold(next, |end, n_edges| end.saturating_add(*n_edges)).min(snapshot.n_edges());
    // The object that the next reference belongs to, and how many of its references come before the one after it.
    let (mut owner, mut n_left) = (0, counts.first().copied().unwrap_or(0));
    let (mut block, mut addresses, mut found) = (Vec::new(), Vec::new(), Vec::new());
    while next < end {
        block.clear();
        snapshot.extend_edges(next..end.min(next + TOGETHER as u64), &mut block);
        next += TOGETHER as u64;
        addresses.clear();
        addresses.extend(block.iter().map(|edge| edge.target.get()));
        found.clear();
        snapshot.find_all(&addresses, &mut found);
        for (edge, target) in block.iter().zip(&found) {
            while n_left == 0 {
                owner += 1;
                n_left = counts.get(owner).copied().unwrap_or(u64::MAX);
            }
            n_left -= 1;
            if let (Some(target), Some(degree), true) =
                (target, part.degrees.get_mut(owner), edge.kind.is_strong())
            {
                *degree += 1;
                add(&mut part, edge, *target);
            }
        }
    }
    part
}
