//! What it costs a person to cut: the less one can act on it, and the more goes along, the more.

use heapview_graph::{CutCosts, NodeIx, PathEdge, UNCUTTABLE};
use heapview_snapshot::{ObjectIx, RootKind};
use rustc_hash::{FxHashMap, FxHashSet};
use std::cell::RefCell;

use super::ease::{Ease, Eases};
use crate::heap::Heap;
use crate::reference::Reference;
use crate::roots::{HeapRootKind, node, object};

/// Any reference that is cut, and any place; two of them cost more than one that is a little harder.
const EACH: u64 = 16;
/// For each doubling of the bytes that go along.
const ALONG: u64 = 8;
/// For each doubling of the references that go along: a container is not given up for a few of its elements.
const ALONG_REFERENCES: u64 = 32;
/// What can be said in words only.
const WORDS: u64 = 5_000;
/// A root that would have to let go.
const ROOT: u64 = 1_000_000;

pub(super) struct Costs<'a> {
    heap: &'a Heap,
    pub eases: Eases<'a>,
    wanted_size: u64,
    /// References and places found to have no line.
    avoided_edges: FxHashSet<usize>,
    avoided_places: FxHashSet<ObjectIx>,
    known: RefCell<FxHashMap<usize, u64>>,
}

impl<'a> Costs<'a> {
    pub(super) fn new(heap: &'a Heap, wanted: &[ObjectIx], wanted_size: u64) -> Self {
        Self {
            heap,
            eases: Eases::new(heap, wanted),
            wanted_size,
            avoided_edges: FxHashSet::default(),
            avoided_places: FxHashSet::default(),
            known: RefCell::default(),
        }
    }

    /// From now on the reference counts as one for which there are only words; false if it did already.
    pub(super) fn avoid(&mut self, edge: PathEdge) -> bool {
        let holder = object(edge.from);
        if self.eases.of_place(holder).is_some() {
            return self.place(edge.from).is_some_and(|cost| cost < WORDS)
                && self.avoided_places.insert(holder);
        }
        let is_new = self.edge(edge) < WORDS && self.avoided_edges.insert(edge.edge);
        if is_new {
            self.known.borrow_mut().insert(edge.edge, WORDS);
        }
        is_new
    }

    fn of_ease(ease: Ease) -> u64 {
        match ease {
            Ease::Line(cost) => EACH + cost,
            Ease::Words => WORDS,
            Ease::Never => UNCUTTABLE,
        }
    }

    fn of_reference(&self, reference: &Reference, on_path: u32) -> u64 {
        let cost = Self::of_ease(self.eases.of_reference(reference));
        if cost >= WORDS { cost } else { cost + u64::from(on_path) + self.along(reference.to) }
    }

    /// What is taken along besides the objects wanted.
    fn along(&self, referent: ObjectIx) -> u64 {
        let heap = self.heap;
        if self.eases.is_wanted(referent) || only_leads_on(heap, referent) {
            return 0;
        }
        let times = heap.retained_size(referent) / self.wanted_size.max(1);
        let n_held = heap
            .n_referents(referent)
            .max(heap.attribute_dict(referent).map_or(0, |dict| heap.n_referents(dict)))
            as u64;
        ALONG * u64::from((times + 1).ilog2()) + ALONG_REFERENCES * u64::from((n_held + 1).ilog2())
    }
}

/// What is made to call or to name another object, and is nothing by itself.
pub(super) fn only_leads_on(heap: &Heap, of: ObjectIx) -> bool {
    matches!(
        heap.type_name(of),
        "method" | "functools.partial" | "functools.partialmethod" | "weakref.finalize._Info"
    )
}

impl CutCosts for Costs<'_> {
    fn root(&self, at: NodeIx) -> u64 {
        match self.heap.root_of(object(at)).map(|root| root.kind) {
            None => 0,
            // These let go some day: functions return, handlers run, C code finishes.
            Some(
                HeapRootKind::Unexplained { .. }
                | HeapRootKind::Named(RootKind::Frame | RootKind::Atexit | RootKind::Greenlet),
            ) => ROOT,
            Some(HeapRootKind::Named(_)) => UNCUTTABLE,
        }
    }

    fn place(&self, node: NodeIx) -> Option<u64> {
        let holder = object(node);
        let ease = self.eases.of_place(holder)?;
        let cost = Self::of_ease(ease);
        Some(if self.avoided_places.contains(&holder) { cost.max(WORDS) } else { cost })
    }

    fn of_target(&self, place: NodeIx, target: NodeIx) -> u64 {
        // Of places that are only named the nearest is the one to name.
        if self.place(place).is_some_and(|cost| cost < WORDS) { self.along(object(target)) } else { 0 }
    }

    fn edge(&self, edge: PathEdge) -> u64 {
        if let Some(cost) = self.known.borrow().get(&edge.edge) {
            return *cost;
        }
        let cost = self
            .heap
            .reference_of_edge(edge)
            .map_or(UNCUTTABLE, |(reference, on_path)| self.of_reference(&reference, on_path));
        self.known.borrow_mut().insert(edge.edge, cost);
        cost
    }
}

impl Heap {
    /// The strong reference that the graph's edge stands for, and its cost on a path.
    pub(crate) fn reference_of_edge(&self, edge: PathEdge) -> Option<(Reference, u32)> {
        let nth = edge.edge.checked_sub(self.graph().out_edges(edge.from).start)?;
        self.costed_reference(object(edge.from), nth)
    }

    /// The graph's edge for the `nth` strong reference of `holder`; `None` if the graph has none: that of an index may
    /// come from anybody.
    pub(crate) fn edge_of_nth(&self, holder: ObjectIx, nth: usize) -> Option<PathEdge> {
        let edges = self.graph().out_edges(node(holder));
        let edge = edges.start + nth;
        edges.contains(&edge).then_some(PathEdge { from: node(holder), edge })
    }
}
