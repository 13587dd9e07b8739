//! Of an object that no line lets go: what holds most of its memory, if that can be emptied where it is.

use heapview_graph::PathEdge;
use heapview_snapshot::{EdgeKind, ObjectIx};

use super::ease::{Ease, Eases, is_lru_cache};
use super::effects;
use super::naming::{Named, named};
use super::statement::{Found, Statement, expression, top_name};
use crate::dominators::children;
use crate::heap::Heap;
use crate::reference::{Label, Page, Reference};
use crate::roots::HeapRoot;

/// Steps down to what holds the memory.
const DEEPEST: usize = 16;
/// A step is taken to what keeps at least this share of the memory, in hundredths.
const SHARE: u64 = 70;
/// Fewer bytes are not worth a line.
const LEAST: u64 = 1024;

/// What empties an object.
pub(super) struct Payload {
    pub found: Found,
    /// The elements that go.
    pub references: Vec<Reference>,
    pub edges: Vec<PathEdge>,
}

/// The line that empties what keeps most of what `object` keeps; `None` if nothing there can be emptied safely.
/// O(what the objects on the way dominate immediately).
pub(super) fn payload(heap: &Heap, eases: &Eases<'_>, object: ObjectIx) -> Option<Payload> {
    let mut at = object;
    for _ in 0..DEEPEST {
        if let Some(payload) = of_object(heap, eases, at) {
            return Some(payload);
        }
        let largest = *children(heap, Some(at), Page { start: 0, len: 1 }).rows.first()?;
        if heap.retained_size(largest).saturating_mul(100) < heap.retained_size(at).saturating_mul(SHARE) {
            return None;
        }
        at = largest;
    }
    None
}

fn of_object(heap: &Heap, eases: &Eases<'_>, object: ObjectIx) -> Option<Payload> {
    if heap.retained_size(object) - heap.shallow_size(object).min(heap.retained_size(object)) < LEAST {
        return None;
    }
    let is_entry = |reference: &Reference| match reference.label {
        Label::Name(name) => reference.kind == EdgeKind::Internal && heap.snapshot().string(name) == "cache",
        _ => false,
    };
    let (call, references, edges) = if is_lru_cache(heap, object) {
        let cache = heap.strong_references(object).find(is_entry)?;
        (".cache_clear()", vec![cache], effects::of_reference(heap, &cache, true))
    } else if matches!(eases.of_place(object), Some(Ease::Line(_))) && !eases.is_garbage_list(object) {
        let elements: Vec<Reference> = heap.strong_references(object).collect();
        (".clear()", elements, effects::of_all_elements(heap, object))
    } else {
        return None;
    };
    let line = |root: &HeapRoot, steps: &[Reference]| {
        let text = expression(heap, root, &steps[..steps.len() - 1])?;
        Some(Found::line(Statement::Run(vec![format!("{text}{call}")]), vec![top_name(&text)]))
    };
    let first = *references.first()?;
    match named(heap, (first, 0), &|_| false, &line) {
        Named::Line(found, cost) => Some(Payload { found: Found { cost, ..found }, references, edges }),
        _ => None,
    }
}
