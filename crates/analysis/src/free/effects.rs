//! The edges that go when a cut's lines run: more than those that had to be cut, where one call lets go of more.

use heapview_graph::PathEdge;
use heapview_snapshot::{EdgeKind, ObjectIx};
use rustc_hash::FxHashSet;

use super::ease::is_lru_cache;
use crate::heap::Heap;
use crate::reference::{Label, Reference};

/// Frames of one traceback that are looked at.
const MAX_FRAMES: usize = 100_000;

/// The edges of `holder` whose reference `goes`.
fn edges_where(
    heap: &Heap,
    holder: ObjectIx,
    goes: impl Fn(&Reference) -> bool,
) -> impl Iterator<Item = PathEdge> {
    heap.strong_references(holder)
        .enumerate()
        .filter(move |(_, reference)| goes(reference))
        .filter_map(move |(nth, _)| heap.edge_of_nth(holder, nth))
}

/// What cutting one reference by a line or by hand lets go of.
pub(super) fn of_reference(heap: &Heap, cut: &Reference, is_code: bool) -> Vec<PathEdge> {
    let is_it = |other: &Reference| other.to == cut.to && other.kind == cut.kind && other.label == cut.label;
    let is_entries = |one: &Reference| {
        one.kind == EdgeKind::Internal
            && matches!(one.label, Label::Name(name) if matches!(heap.snapshot().string(name), "cache" | "link"))
    };
    let all_entries = is_lru_cache(heap, cut.from) && is_entries(cut);
    if all_entries {
        // The dict stays, emptied.
        let cache = heap.named_referent(cut.from, EdgeKind::Internal, "cache");
        let links = edges_where(heap, cut.from, |other| is_entries(other) && Some(other.to) != cache);
        return links.chain(cache.into_iter().flat_map(|cache| of_all_elements(heap, cache))).collect();
    }
    let goes = |other: &Reference| match cut.kind {
        EdgeKind::Local if is_code => matches!(other.kind, EdgeKind::Local | EdgeKind::Stack),
        // An entry goes with its key.
        EdgeKind::DictValue => {
            is_it(other) || (other.kind == EdgeKind::DictKey && cut.label == Label::Key(other.to))
        }
        EdgeKind::DictKey => is_it(other) || other.label == Label::Key(cut.to),
        _ => is_it(other),
    };
    edges_where(heap, cut.from, goes).collect()
}

/// What taking elements out of a container lets go of: entries with their keys.
pub(super) fn of_elements(heap: &Heap, holder: ObjectIx, cut: &[Reference]) -> Vec<PathEdge> {
    let mut keys: FxHashSet<ObjectIx> = FxHashSet::default();
    let mut items: FxHashSet<(ObjectIx, Label)> = FxHashSet::default();
    for reference in cut {
        match (reference.kind, reference.label) {
            (EdgeKind::DictValue, Label::Key(key)) => drop(keys.insert(key)),
            (EdgeKind::DictKey, _) => drop(keys.insert(reference.to)),
            (_, label) => drop(items.insert((reference.to, label))),
        }
    }
    let goes = |other: &Reference| match (other.kind, other.label) {
        (EdgeKind::DictValue, Label::Key(key)) => keys.contains(&key),
        (EdgeKind::DictKey, _) => keys.contains(&other.to),
        (_, label) => items.contains(&(other.to, label)),
    };
    edges_where(heap, holder, goes).collect()
}

/// What emptying a container lets go of.
pub(super) fn of_all_elements(heap: &Heap, holder: ObjectIx) -> Vec<PathEdge> {
    let is_element = |reference: &Reference| {
        matches!(
            reference.kind,
            EdgeKind::Item | EdgeKind::DictKey | EdgeKind::DictValue | EdgeKind::SetMember
        )
    };
    edges_where(heap, holder, is_element).collect()
}

/// What clearing the frames of a traceback lets go of: the variables of those that have finished.
pub(super) fn of_traceback(
    heap: &Heap,
    traceback: ObjectIx,
    is_finished: &dyn Fn(ObjectIx) -> bool,
) -> Vec<PathEdge> {
    let mut edges = Vec::new();
    let mut at = Some(traceback);
    for _ in 0..MAX_FRAMES {
        let Some(here) = at else { break };
        let frame = heap.named_referent(here, EdgeKind::Slot, "tb_frame");
        if let Some(frame) = frame.filter(|frame| is_finished(*frame)) {
            let is_variable =
                |reference: &Reference| matches!(reference.kind, EdgeKind::Local | EdgeKind::Stack);
            edges.extend(edges_where(heap, frame, is_variable));
            if let Some(copy) = heap.named_referent(frame, EdgeKind::Internal, "f_locals")
                && heap.owner_of_dict(copy).is_none()
            {
                edges.extend(of_all_elements(heap, copy));
            }
        }
        at = heap.named_referent(here, EdgeKind::Slot, "tb_next");
    }
    edges
}
