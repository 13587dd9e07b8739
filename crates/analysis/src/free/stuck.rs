//! What nothing frees while the interpreter runs: what a root that never lets go holds by references that cannot be
//! cut.

use heapview_graph::{CutCosts as _, NodeIx, PathEdge, UNCUTTABLE};
use heapview_snapshot::ObjectIx;
use rustc_hash::FxHashSet;

use super::costs::Costs;
use crate::heap::Heap;
use crate::roots::object;

/// Objects looked at; beyond, everything counts as free to go.
const MAX_OBJECTS: usize = 1_000_000;

/// Those of `wanted` that can go. O(references that cannot be cut, around them).
pub(super) fn without_stuck(heap: &Heap, costs: &Costs<'_>, wanted: &[ObjectIx]) -> Vec<ObjectIx> {
    let is_immortal = |object: &ObjectIx| heap.snapshot().flags(*object).is_immortal();
    let graph = heap.graph();
    // Backwards along what cannot be cut, to the roots that never let go.
    let mut region: FxHashSet<u32> = wanted.iter().map(|object| object.get()).collect();
    let mut pending: Vec<u32> = region.iter().copied().collect();
    let mut stuck: Vec<u32> = Vec::new();
    let mut held: Vec<(u32, u32)> = Vec::new();
    while let Some(here) = pending.pop() {
        if costs.root(NodeIx::new(here)) >= UNCUTTABLE {
            stuck.push(here);
        }
        if region.len() > MAX_OBJECTS {
            return wanted.to_vec();
        }
        heap.check_in(region.len());
        let mut sources: Vec<u32> = graph.incoming(NodeIx::new(here)).map(NodeIx::get).collect();
        sources.dedup();
        for source in sources {
            if is_never_cut(heap, costs, NodeIx::new(source), NodeIx::new(here)) {
                held.push((source, here));
                if region.insert(source) {
                    pending.push(source);
                }
            }
        }
    }
    // And forwards again, to those of the wanted that these roots hold.
    held.sort_unstable();
    let mut is_stuck: FxHashSet<u32> = stuck.iter().copied().collect();
    while let Some(here) = stuck.pop() {
        let start = held.partition_point(|(source, _)| *source < here);
        for (_, target) in held[start..].iter().take_while(|(source, _)| *source == here) {
            if is_stuck.insert(*target) {
                stuck.push(*target);
            }
        }
    }
    wanted
        .iter()
        .copied()
        .filter(|object| !is_stuck.contains(&object.get()) && !is_immortal(object))
        .collect()
}

/// Whether one of the references between the two cannot be cut.
fn is_never_cut(heap: &Heap, costs: &Costs<'_>, from: NodeIx, to: NodeIx) -> bool {
    if let Some(cost) = costs.place(from) {
        return cost >= UNCUTTABLE;
    }
    let start = heap.graph().out_edges(from).start;
    let targets = heap.graph().out(from).iter().enumerate();
    targets
        .filter(|(_, target)| **target == to.get())
        .any(|(nth, _)| costs.edge(PathEdge { from, edge: start + nth }) >= UNCUTTABLE)
        && heap.is_reachable(object(from))
}
