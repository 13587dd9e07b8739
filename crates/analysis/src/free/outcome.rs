//! What goes when references are cut, tried in the snapshot.

use heapview_graph::{CutEdges, NodeIx, NodeSet, extend_reachable_cutting, waiting_for_collector};
use heapview_snapshot::ObjectIx;
use rustc_hash::FxHashSet;

use super::Cut;
use crate::heap::Heap;
use crate::roots::{greenlets, node, object};

/// Holders listed.
const N_STILL_HELD: usize = 8;

/// An object that stays although nothing in Python holds it any more.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct StillHeld {
    pub object: ObjectIx,
    /// References that nobody in Python accounts for.
    pub n_references: u32,
    /// Bytes that stay with it.
    pub size: u64,
}

/// What some cuts give.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Outcome {
    /// Bytes that go.
    pub freed_size: u64,
    pub n_freed: u64,
    /// Of these, bytes that go only with the next garbage collection: they are held in cycles, or their count is
    /// deferred.
    pub waiting_size: u64,
    /// Of the objects asked about, those that stay.
    pub n_staying: usize,
    /// These.
    pub(super) staying: Vec<ObjectIx>,
    /// What stays because its reference count is higher than the references to it: held from C, largest first.
    pub still_held: Vec<StillHeld>,
    /// Objects held so in all.
    pub n_still_held: usize,
}

/// Makes the cuts in a copy of the reachable set; also what of what goes waits for the collector.
/// O(objects + references).
pub(super) fn outcome<'a>(
    heap: &Heap,
    wanted: &[ObjectIx],
    cuts: impl Iterator<Item = &'a Cut> + Clone,
) -> (Outcome, Vec<ObjectIx>) {
    let mut answer = Outcome::default();
    if cuts.clone().next().is_none() {
        answer.n_staying = wanted.len();
        answer.staying = wanted.to_vec();
        return (answer, Vec::new());
    }
    let graph = heap.graph();
    let edges = CutEdges::new(graph, cuts.clone().flat_map(|cut| cut.edges.iter().copied()));
    let emptied: FxHashSet<ObjectIx> = cuts.clone().flat_map(|cut| cut.emptied.iter().copied()).collect();
    let given_up: Vec<ObjectIx> = cuts.filter_map(|cut| cut.root.as_ref()).map(|root| root.object).collect();
    let roots: Vec<NodeIx> = heap
        .roots()
        .iter()
        .map(|root| root.object)
        .filter(|object| !given_up.contains(object))
        .map(node)
        .collect();
    let mut left = NodeSet::new(graph.n_nodes());
    extend_reachable_cutting(graph, &mut left, &roots, &edges, |_| heap.check());
    let before: Vec<NodeIx> = heap.dominator_tree().preorder().filter(|node| !left.contains(*node)).collect();
    let immortal: Vec<NodeIx> = before.iter().copied().filter(|at| is_immortal(heap, object(*at))).collect();
    extend_reachable_cutting(graph, &mut left, &immortal, &edges, |_| heap.check());
    for at in &before {
        let n_references = unexplained_references(heap, object(*at));
        if n_references == 0 || left.contains(*at) || given_up.contains(&object(*at)) {
            continue;
        }
        let mut size = 0;
        let mut add = |node| size += heap.shallow_size(object(node));
        extend_reachable_cutting(graph, &mut left, &[*at], &edges, &mut add);
        answer.n_still_held += 1;
        answer.still_held.push(StillHeld { object: object(*at), n_references, size });
    }
    answer.still_held.sort_by_key(|held| std::cmp::Reverse(held.size));
    answer.still_held.truncate(N_STILL_HELD);
    let is_deferred = |node| heap.snapshot().flags(object(node)).is_deferred();
    let mut gone: Vec<NodeIx> = before.into_iter().filter(|node| !left.contains(*node)).collect();
    let mut waiting: Vec<NodeIx> =
        waiting_for_collector(graph, &gone, &edges, is_deferred, heap.cancel()).into_iter().collect();
    // A suspended greenlet is nothing that the collector takes, and stays if it holds itself.
    let stuck = stuck_greenlets(heap, &waiting, &given_up);
    if !stuck.is_empty() {
        extend_reachable_cutting(graph, &mut left, &stuck, &edges, |_| heap.check());
        gone.retain(|node| !left.contains(*node));
        waiting =
            waiting_for_collector(graph, &gone, &edges, is_deferred, heap.cancel()).into_iter().collect();
    }
    answer.n_freed = gone.len() as u64;
    let of_tables = emptied.into_iter().filter(|one| left.contains(node(*one)));
    answer.freed_size = size_of(heap, &gone) + of_tables.map(|one| table_size(heap, one)).sum::<u64>();
    answer.waiting_size = size_of(heap, &waiting);
    answer.staying = wanted.iter().copied().filter(|object| left.contains(node(*object))).collect();
    answer.n_staying = answer.staying.len();
    (answer, waiting.into_iter().map(object).collect())
}

/// Of what waits for the collector, suspended greenlets that are not asked to end.
fn stuck_greenlets(heap: &Heap, waiting: &[NodeIx], given_up: &[ObjectIx]) -> Vec<NodeIx> {
    let greenlets = greenlets(heap.snapshot());
    if greenlets.is_empty() {
        return Vec::new();
    }
    let waiting: FxHashSet<NodeIx> = waiting.iter().copied().collect();
    let stay = greenlets.iter().map(|root| root.object).filter(|greenlet| !given_up.contains(greenlet));
    stay.map(node).filter(|greenlet| waiting.contains(greenlet)).collect()
}

fn size_of(heap: &Heap, nodes: &[NodeIx]) -> u64 {
    nodes.iter().map(|node| heap.shallow_size(object(*node))).sum()
}

/// Bytes that a container gives back when it is emptied: what held its elements.
fn table_size(heap: &Heap, container: ObjectIx) -> u64 {
    /// Before each object that the collector tracks.
    const HEAD: u64 = 16;
    let has_table = ["list", "dict", "set"].iter().any(|name| heap.is_exactly(container, name));
    let basic_size = heap.snapshot().type_of(container).basic_size;
    if has_table { heap.shallow_size(container).saturating_sub(basic_size + HEAD) } else { 0 }
}

/// Whether the object stays whatever happens: static types, `None`, since 3.12 most interned strings.
fn is_immortal(heap: &Heap, of: ObjectIx) -> bool {
    heap.snapshot().flags(of).is_immortal() && !heap.snapshot().flags(of).is_synthetic()
}

/// How far the reference count of an object exceeds the references to it. 0 for what is not counted: buffers, frames
/// of the interpreter.
fn unexplained_references(heap: &Heap, of: ObjectIx) -> u32 {
    let flags = heap.snapshot().flags(of);
    if flags.is_synthetic() || flags.is_immortal() {
        return 0;
    }
    let n_found = u32::try_from(heap.n_referrers(of)).unwrap_or(u32::MAX);
    match heap.snapshot().refcount(of).saturating_sub(n_found) {
        0 => 0,
        more => more.saturating_sub(references_of_order(heap, of)),
    }
}

/// References to a key by the list in which an `OrderedDict` keeps the order of its keys: no traversal shows them.
/// <https://github.com/python/cpython/blob/3.13/Objects/odictobject.c>
fn references_of_order(heap: &Heap, key: ObjectIx) -> u32 {
    const MAX_HOLDERS: usize = 256;
    let holders = heap.graph().incoming(node(key)).take(MAX_HOLDERS).map(object);
    let ordered = holders.filter(|holder| heap.empties_plainly(*holder, "collections.OrderedDict"));
    ordered.count() as u32
}
