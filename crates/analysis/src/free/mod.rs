//! To free this: the smallest set of references to cut, and what cutting them gives, tried before it is shown.

mod costs;
mod outcome;
mod statement;

use heapview_graph::{CutLimits, MinimumCut, PathEdge, UNCUTTABLE, minimum_cut};
use heapview_snapshot::{EdgeKind, ObjectIx};
use rustc_hash::FxHashSet;

use crate::costs::root_cost;
use crate::expression;
use crate::heap::Heap;
use crate::reference::{Label, Reference};
use crate::roots::{HeapRoot, node};
use crate::selection::SelectorError;
use costs::Costs;
pub use outcome::{Outcome, StillHeld};
pub use statement::Statement;

const LIMITS: CutLimits = CutLimits { max_paths: 2048, max_visits: 20_000_000 };
/// How often references that turn out to have no code are avoided.
const N_ROUNDS: usize = 4;

/// One reference to cut, or one root that has to let go.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Cut {
    /// `None` if the object is held as a root, not by another object.
    pub reference: Option<Reference>,
    pub root: Option<HeapRoot>,
    pub statement: Statement,
    /// How hard the path to it is to act on; lower is better.
    pub cost: u32,
}

impl Cut {
    /// Whether the statement is Python that can be pasted.
    pub fn is_code(&self) -> bool {
        !matches!(self.statement, Statement::Advice(_))
    }
}

/// How to free some objects.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct FreePlan {
    /// In the order in which they can be run. Empty if no root reaches the objects, or if `truncated`.
    pub cuts: Vec<Cut>,
    /// Modules that the statements name and `__main__` does not have.
    pub imports: Vec<String>,
    /// What the cuts that are code give.
    pub by_code: Outcome,
    /// What all cuts give together, those included that only words describe.
    pub by_all: Outcome,
    /// Bytes of all that the objects keep alive; of garbage, of all garbage that they lead to.
    pub retained_size: u64,
    /// No root reaches any of the objects: they wait for the collector.
    pub is_garbage: bool,
    /// What would have to be cut cannot be cut: a module, a static type.
    pub cannot_be_freed: bool,
    /// The search for references was given up: there are too many.
    pub truncated: bool,
}

/// The smallest set of references that a person can cut so that no root reaches `objects`. Of equally small sets
/// the one closest to the objects; a reference counts for more the less a person can act on it, and the more it
/// takes along besides.
///
/// A minimum cut; O(references looked at) for each reference cut, and two walks of the heap to see what goes.
pub fn free(heap: &Heap, objects: &[ObjectIx]) -> FreePlan {
    let wanted: Vec<ObjectIx> = objects.iter().copied().filter(|object| heap.is_reachable(*object)).collect();
    let mut plan = FreePlan { retained_size: retained(heap, objects), ..FreePlan::default() };
    if wanted.is_empty() {
        plan.is_garbage = true;
        return plan;
    }
    let nodes: Vec<_> = wanted.iter().copied().map(node).collect();
    let mut costs = Costs::new(heap, &wanted, plan.retained_size);
    let mut best: Option<(MinimumCut, Vec<Cut>)> = None;
    for _ in 0..N_ROUNDS {
        let root_cost = |node| costs.of_root(node);
        let edge_cost = |edge| costs.of_edge(edge);
        let Some(cut) = minimum_cut(heap.graph(), &nodes, &root_cost, &edge_cost, LIMITS) else { break };
        if cut.cost >= UNCUTTABLE {
            plan.cannot_be_freed = best.is_none();
            break;
        }
        let cuts = cuts(heap, &cut);
        let without_code: Vec<PathEdge> = cuts
            .iter()
            .filter(|cut| !cut.is_code())
            .filter_map(|cut| edge_of(heap, cut.reference.as_ref()?))
            .filter(|edge| costs.avoid(*edge))
            .collect();
        let n_words = |cuts: &[Cut]| cuts.iter().filter(|cut| !cut.is_code()).count();
        if best.as_ref().is_none_or(|(_, known)| n_words(&cuts) < n_words(known)) {
            best = Some((cut, cuts));
        }
        if without_code.is_empty() {
            break;
        }
    }
    plan.cannot_be_freed |= objects.iter().all(|object| heap.snapshot().flags(*object).is_immortal());
    let Some((_, cuts)) = best.filter(|_| !plan.cannot_be_freed) else {
        plan.truncated = !plan.cannot_be_freed;
        return plan;
    };
    plan.cuts = statement::in_order(cuts);
    plan.imports = statement::imports(heap, &plan.cuts);
    let code: Vec<&Cut> = plan.cuts.iter().filter(|cut| cut.is_code()).collect();
    plan.by_code = outcome::outcome(heap, &wanted, &code);
    plan.by_all = if code.len() == plan.cuts.len() {
        plan.by_code.clone()
    } else {
        outcome::outcome(heap, &wanted, &plan.cuts.iter().collect::<Vec<_>>())
    };
    plan
}

/// What cutting the references named by `expressions` would give: each is a path whose last step is cut, such as
/// `Out[5]` or `app.CACHE['k']`.
pub fn what_if(heap: &Heap, objects: &[ObjectIx], expressions: &[String]) -> Result<FreePlan, SelectorError> {
    let wanted: Vec<ObjectIx> = objects.iter().copied().filter(|object| heap.is_reachable(*object)).collect();
    let mut plan = FreePlan { retained_size: retained(heap, objects), ..FreePlan::default() };
    plan.is_garbage = wanted.is_empty();
    for expression in expressions {
        let reference = expression::last_reference(heap, expression)?;
        let statement = statement::of_expression(heap, expression.trim(), &reference);
        plan.cuts.push(Cut { reference: Some(reference), root: None, statement, cost: 0 });
    }
    plan.imports = statement::imports(heap, &plan.cuts);
    plan.by_all = outcome::outcome(heap, &wanted, &plan.cuts.iter().collect::<Vec<_>>());
    let code: Vec<&Cut> = plan.cuts.iter().filter(|cut| cut.is_code()).collect();
    plan.by_code = outcome::outcome(heap, &wanted, &code);
    Ok(plan)
}

fn is_same(reference: &Reference, other: &Reference) -> bool {
    reference.to == other.to && reference.kind == other.kind && reference.label == other.label
}

fn retained(heap: &Heap, objects: &[ObjectIx]) -> u64 {
    match objects {
        _ if objects.iter().all(|object| !heap.is_reachable(*object)) => outcome::garbage_size(heap, objects),
        [single] => heap.retained_size(*single),
        several => heap.retained_size_of_set(several),
    }
}

/// The references and roots of a minimum cut with their statements, each holder named by a path that the cut
/// leaves alone.
fn cuts(heap: &Heap, cut: &MinimumCut) -> Vec<Cut> {
    let mut cuts: Vec<Cut> = Vec::new();
    let mut cleared: FxHashSet<ObjectIx> = FxHashSet::default();
    for edge in &cut.edges {
        let Some(costed) = heap.reference_of_edge(*edge) else { continue };
        let (reference, _) = costed;
        let (statement, cost) =
            statement::statement(heap, costed, &|object| cut.side.contains(&object.get()));
        // One call lets go of every entry of a cache, and of all that a generator holds.
        if matches!(statement, Statement::Run(_))
            && matches!(reference.kind, EdgeKind::Internal | EdgeKind::Local)
            && !cleared.insert(reference.from)
        {
            continue;
        }
        cuts.push(Cut { reference: Some(reference), root: None, statement, cost });
    }
    for root in &cut.roots {
        let object = crate::roots::object(*root);
        let Some(root) = heap.root_of(object) else { continue };
        let statement = statement::of_root(heap, root);
        let cost = u32::from(root_cost(root));
        cuts.push(Cut { reference: None, root: Some(root.clone()), statement, cost });
    }
    cuts
}

/// The edges that go when `cut` is made: more than one where its statement lets go of more.
fn edges_of(heap: &Heap, cut: &Cut) -> Vec<PathEdge> {
    let Some(reference) = cut.reference else { return Vec::new() };
    let start = heap.graph().out_edges(node(reference.from)).start;
    let goes = |other: &Reference| {
        let is_it = is_same(other, &reference);
        match reference.kind {
            // What `cache_clear()` lets go of: the entries, and the list of their links.
            EdgeKind::Internal => {
                let is_entries = |one: &Reference| {
                    one.kind == EdgeKind::Internal
                        && matches!(one.label, Label::Name(name) if matches!(heap.snapshot().string(name), "cache" | "link"))
                };
                if is_entries(&reference) { is_entries(other) } else { is_it }
            }
            EdgeKind::Local if cut.is_code() => matches!(other.kind, EdgeKind::Local | EdgeKind::Stack),
            // An entry goes with its key.
            EdgeKind::DictValue => {
                is_it || (other.kind == EdgeKind::DictKey && reference.label == Label::Key(other.to))
            }
            EdgeKind::DictKey => is_it || other.label == Label::Key(reference.to),
            _ => is_it,
        }
    };
    heap.strong_references(reference.from)
        .enumerate()
        .filter(|(_, other)| goes(other))
        .map(|(nth, _)| PathEdge { from: node(reference.from), edge: start + nth })
        .collect()
}

fn edge_of(heap: &Heap, reference: &Reference) -> Option<PathEdge> {
    let from = node(reference.from);
    let nth = heap.strong_references(reference.from).position(|other| other == *reference)?;
    Some(PathEdge { from, edge: heap.graph().out_edges(from).start + nth })
}
