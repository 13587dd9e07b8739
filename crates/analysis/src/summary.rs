//! The heap at a glance.

use std::collections::BinaryHeap;

use heapview_snapshot::{Meta, ObjectIx, RootKind};
use rustc_hash::FxHashSet;

use crate::dominators;
use crate::heap::Heap;
use crate::reference::Page;
use crate::roots::HeapRootKind;

const N_BIGGEST: usize = 30;

/// Roots of one kind.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RootsOfKind {
    /// The number in `Unexplained` is 0 here.
    pub kind: HeapRootKind,
    pub n_roots: usize,
}

/// Totals, roots, and where to look first.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Summary {
    pub meta: Meta,
    /// Bytes of the snapshot file.
    pub file_size: u64,
    pub n_objects: u64,
    /// References in the file, weak ones included.
    pub n_references: u64,
    pub n_types: usize,
    /// Bytes of all objects and the buffers they own.
    pub total_size: u64,
    /// Objects that no root reaches: garbage that waits for the collector.
    pub n_unreachable: u64,
    pub unreachable_size: u64,
    pub roots: Vec<RootsOfKind>,
    /// Objects where memory sits, largest retained size first.
    pub biggest: Vec<ObjectIx>,
}

/// O(objects).
pub fn summary(heap: &Heap) -> Summary {
    let snapshot = heap.snapshot();
    let unreachable = || heap.objects().filter(|object| !heap.is_reachable(*object));
    Summary {
        meta: snapshot.meta().clone(),
        file_size: snapshot.file_size(),
        n_objects: heap.n_objects() as u64,
        n_references: snapshot.n_edges(),
        n_types: snapshot.types().len(),
        total_size: heap.total_size(),
        n_unreachable: unreachable().count() as u64,
        unreachable_size: unreachable().map(|object| heap.shallow_size(object)).sum(),
        roots: roots_by_kind(heap),
        biggest: biggest(heap, N_BIGGEST),
    }
}

fn roots_by_kind(heap: &Heap) -> Vec<RootsOfKind> {
    let named = RootKind::ALL.map(HeapRootKind::Named);
    let unexplained = HeapRootKind::Unexplained { n_references: 0 };
    let n_roots = |kind: HeapRootKind| {
        let is_same = |other: &HeapRootKind| std::mem::discriminant(other) == std::mem::discriminant(&kind);
        heap.roots()
            .iter()
            .filter(|root| match kind {
                HeapRootKind::Named(_) => root.kind == kind,
                HeapRootKind::Unexplained { .. } => is_same(&root.kind),
            })
            .count()
    };
    named
        .into_iter()
        .chain([unexplained])
        .map(|kind| RootsOfKind { kind, n_roots: n_roots(kind) })
        .filter(|roots| roots.n_roots > 0)
        .collect()
}

/// Objects where memory sits: from the top of the dominator tree down, an object is passed through while it is a
/// module or its dict, or while one object below holds more than half of what it retains.
///
/// A synthetic object is never shown, its holder is. O(objects passed and their children).
pub fn biggest(heap: &Heap, limit: usize) -> Vec<ObjectIx> {
    let mut queue: BinaryHeap<(u64, ObjectIx)> = BinaryHeap::new();
    let queue_children = |queue: &mut BinaryHeap<(u64, ObjectIx)>, of: Option<ObjectIx>| {
        let children = dominators::children(heap, of, Page { start: 0, len: limit.saturating_mul(4) });
        queue.extend(children.rows.into_iter().map(|child| (heap.retained_size(child), child)));
    };
    queue_children(&mut queue, None);
    let namespaces = namespaces(heap);
    let mut biggest = Vec::new();
    while let Some((size, object)) = queue.pop() {
        if biggest.len() == limit || size == 0 {
            break;
        }
        if heap.snapshot().flags(object).is_synthetic() {
            if heap.n_referents(object) > 0 {
                queue_children(&mut queue, Some(object));
            } else if let Some(holder) = heap.dominator(object) {
                biggest.push(holder);
            } else {
                // Several objects share the buffer: it is the memory itself that is large.
                biggest.push(object);
            }
            continue;
        }
        let largest =
            dominators::children(heap, Some(object), Page { start: 0, len: 1 }).rows.first().copied();
        let is_passed = match largest {
            None => false,
            Some(below) if heap.snapshot().flags(below).is_synthetic() => false,
            Some(below) => namespaces.contains(&object) || heap.retained_size(below) > size / 2,
        };
        if is_passed {
            queue_children(&mut queue, Some(object));
        } else {
            biggest.push(object);
        }
    }
    biggest.dedup();
    biggest
}

/// Modules, frames, `sys.modules`, and the dicts that are a module's names.
fn namespaces(heap: &Heap) -> FxHashSet<ObjectIx> {
    let is_namespace = |kind| {
        matches!(
            kind,
            HeapRootKind::Named(
                RootKind::Module | RootKind::Builtin | RootKind::Interpreter | RootKind::Frame
            )
        )
    };
    let roots = heap.roots().iter().filter(|root| is_namespace(root.kind));
    roots.flat_map(|root| [Some(root.object), heap.attribute_dict(root.object)]).flatten().collect()
}
