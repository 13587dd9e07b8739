//! The heap at a glance.

use std::collections::BinaryHeap;

use heapview_snapshot::{Ledger, Meta, ObjectIx, RootKind};
use rustc_hash::FxHashSet;

use crate::dominators;
use crate::heap::Heap;
use crate::reference::Page;
use crate::roots::HeapRootKind;

const N_BIGGEST: usize = 30;
const MAX_PASSED: usize = 8;

/// Roots of one kind.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RootsOfKind {
    /// The number in `Unexplained` is 0 here.
    pub kind: HeapRootKind,
    pub n_roots: usize,
}

/// The memory of the process, told apart by who accounts for it.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Breakdown {
    /// Bytes of all Python objects.
    pub objects_size: u64,
    /// Bytes of synthetic objects: the buffers that objects own.
    pub buffers_size: u64,
    /// Bytes that the allocators have handed out beyond what objects and buffers take: C libraries keep them for
    /// themselves. Absent if the file does not state what the allocators handed out.
    ///
    /// A lower bound: buffers that no allocator handed out, such as mappings, are subtracted all the same.
    pub native_size: Option<u64>,
    /// Bytes in RAM that none of these, nor free blocks of an allocator, account for: code, stacks, and memory that
    /// libraries map by themselves. Absent if the file does not state the RSS.
    ///
    /// A lower bound: memory of objects that is swapped out, and free blocks that were given back to the kernel,
    /// are not in RAM and are subtracted all the same.
    pub unexplained_size: Option<u64>,
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
    /// Where the memory of the whole process was; `None` if the dumper did not write it.
    pub ledger: Option<Ledger>,
    pub breakdown: Breakdown,
    /// Objects that no root reaches: garbage that waits for the collector.
    pub n_unreachable: u64,
    pub unreachable_size: u64,
    pub roots: Vec<RootsOfKind>,
    /// Objects where memory sits, largest retained size first.
    pub biggest: Vec<ObjectIx>,
}

/// O(objects) once.
pub fn summary(heap: &Heap) -> Summary {
    let snapshot = heap.snapshot();
    let totals = heap.totals();
    Summary {
        meta: snapshot.meta().clone(),
        file_size: snapshot.file_size(),
        n_objects: heap.n_objects() as u64,
        n_references: snapshot.n_edges(),
        n_types: snapshot.types().len(),
        total_size: heap.total_size(),
        ledger: snapshot.ledger().cloned(),
        breakdown: breakdown(heap),
        n_unreachable: totals.n_unreachable,
        unreachable_size: totals.unreachable_size,
        roots: roots_by_kind(heap),
        biggest: biggest(heap, N_BIGGEST),
    }
}

fn breakdown(heap: &Heap) -> Breakdown {
    let buffers_size = heap.totals().buffers_size;
    let objects_size = heap.total_size().saturating_sub(buffers_size);
    let unexplained_size = heap.snapshot().ledger().and_then(|ledger| {
        let free = [ledger.malloc.map(|malloc| malloc.free), ledger.pymalloc.map(|pymalloc| pymalloc.free)];
        let explained = free.into_iter().flatten().fold(heap.total_size(), u64::saturating_add);
        Some(ledger.resident.rss?.saturating_sub(explained))
    });
    let native_size = heap.snapshot().ledger().and_then(|ledger| {
        let malloc = ledger.malloc?;
        let of_small = ledger.pymalloc.map_or(0, |pymalloc| pymalloc.in_use);
        let handed_out = malloc.in_use.saturating_add(malloc.mmapped).saturating_add(of_small);
        let native = handed_out.saturating_sub(heap.total_size());
        // What is handed out need not be in RAM.
        Some(unexplained_size.map_or(native, |rest| native.min(rest)))
    });
    let unexplained_size = unexplained_size.map(|rest| rest - native_size.unwrap_or(0));
    Breakdown { objects_size, buffers_size, native_size, unexplained_size }
}

fn roots_by_kind(heap: &Heap) -> Vec<RootsOfKind> {
    let named = RootKind::ALL.iter().copied().map(HeapRootKind::Named);
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
/// namespace (a module, its dict, a frame), or while one object below holds more than half of what it retains.
///
/// After [`MAX_PASSED`] objects that are no namespaces the first of them is listed: a linked list is its head.
/// A synthetic object is never listed, its holder is. O(objects passed and their children).
pub fn biggest(heap: &Heap, limit: usize) -> Vec<ObjectIx> {
    let namespaces = namespaces(heap);
    let mut queue = BinaryHeap::new();
    let page = Page { start: 0, len: limit.saturating_mul(4) };
    let queue_below = |queue: &mut BinaryHeap<Candidate>, above: Option<Candidate>| {
        for object in dominators::children(heap, above.map(|above| above.object), page).rows {
            let passed = above.filter(|above| !namespaces.contains(&above.object));
            queue.push(Candidate {
                size: heap.retained_size(object),
                object,
                n_passed: passed.map_or(0, |above| above.n_passed + 1),
                first: passed.map_or(object, |above| above.first),
            });
        }
    };
    queue_below(&mut queue, None);
    let mut biggest: Vec<ObjectIx> = Vec::new();
    while let Some(candidate) = queue.pop() {
        if biggest.len() >= limit || candidate.size == 0 {
            break;
        }
        let below = dominators::children(heap, Some(candidate.object), Page { start: 0, len: 1 })
            .rows
            .first()
            .copied();
        let is_synthetic = |object| heap.snapshot().flags(object).is_synthetic();
        let goes_on = below.is_some_and(|below| {
            namespaces.contains(&candidate.object)
                || (!is_synthetic(below) && heap.retained_size(below) > candidate.size / 2)
        });
        if goes_on && candidate.n_passed < MAX_PASSED {
            queue_below(&mut queue, Some(candidate));
            continue;
        }
        let shown = match heap.dominator(candidate.object) {
            _ if goes_on => candidate.first,
            Some(holder) if is_synthetic(candidate.object) => holder,
            _ => candidate.object,
        };
        if !biggest.contains(&shown) {
            biggest.push(shown);
        }
    }
    biggest
}

/// An object that may be listed, ordered by retained size.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Candidate {
    size: u64,
    object: ObjectIx,
    /// Objects passed on the way that are no namespaces.
    n_passed: usize,
    first: ObjectIx,
}

/// Modules, frames, `sys.modules`, and the dicts that are a module's names.
pub(crate) fn namespaces(heap: &Heap) -> FxHashSet<ObjectIx> {
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
