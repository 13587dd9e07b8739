//! Cuts: what a minimum cut consists of, place by place, with the statement for each.

use heapview_graph::{CutCosts as _, CutLimits, MinimumCut, PathEdge, UNCUTTABLE, minimum_cut};
use heapview_snapshot::ObjectIx;

use super::advice::Advice;
use super::costs::Costs;
use super::loops::Through;
use super::statement::{Found, Statement};
use super::{effects, emptying, statement};
use crate::costs::root_cost;
use crate::heap::Heap;
use crate::reference::Reference;
use crate::roots::{HeapRoot, node, object};

const LIMITS: CutLimits = CutLimits { max_paths: 16_384, max_visits: 50_000_000 };
/// How often references that turn out to have no line are avoided.
const N_ROUNDS: usize = 12;

/// References to cut by one statement, or one root that has to let go.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Cut {
    /// Empty if the object is held as a root, not by another object.
    pub references: Vec<Reference>,
    pub root: Option<HeapRoot>,
    pub statement: Statement,
    /// How hard the path to it is to act on; lower is better.
    pub cost: u32,
    /// All that goes by it.
    pub(super) edges: Vec<PathEdge>,
    pub(super) names: Vec<String>,
    pub(super) elements: Vec<Through>,
    /// Containers that are emptied whole: they give back what held their elements.
    pub(super) emptied: Vec<ObjectIx>,
    /// Its lines move elements after those that they take out.
    pub(super) moves_others: bool,
    /// A function that runs holds it, and lets go when it returns.
    pub(super) passes: bool,
}

impl Cut {
    /// Whether the statement is Python that can be pasted.
    pub fn is_code(&self) -> bool {
        !matches!(self.statement, Statement::Advice(_))
    }

    pub(super) fn new(found: Found, references: Vec<Reference>, edges: Vec<PathEdge>) -> Self {
        Self {
            references,
            root: None,
            statement: found.statement,
            cost: found.cost,
            edges,
            names: found.names,
            elements: found.elements,
            emptied: Vec::new(),
            moves_others: false,
            passes: found.passes,
        }
    }

    /// The cut without its lines: what they would do is said, once the others have let go.
    pub(super) fn in_words(self) -> Self {
        let text = match &self.statement {
            Statement::Delete(text) => format!("del {text}"),
            Statement::Run(lines) => lines.join("; "),
            Statement::Advice(_) => return self,
        };
        Self { statement: Advice::vain(text), elements: Vec::new(), ..self }
    }
}

/// The cuts of the cheapest of a few rounds, in each of which more is known to have no line; `None` if the search was
/// given up.
pub(super) fn cheapest_cuts(heap: &Heap, costs: &mut Costs<'_>, wanted: &[ObjectIx]) -> Option<Vec<Cut>> {
    let nodes: Vec<_> = wanted.iter().copied().map(node).collect();
    let n_words = |cuts: &[Cut]| cuts.iter().filter(|cut| !cut.is_code()).count();
    let mut best: Option<Vec<Cut>> = None;
    for _ in 0..N_ROUNDS {
        let Some(cut) = minimum_cut(heap.graph(), &nodes, costs, LIMITS) else { break };
        if cut.cost >= UNCUTTABLE {
            break;
        }
        let cuts = cuts_of(heap, costs, &cut);
        let words = cuts.iter().filter(|cut| !cut.is_code());
        let edges: Vec<PathEdge> = words.filter_map(|cut| edge_of(heap, cut.references.first()?)).collect();
        if best.as_ref().is_none_or(|known| n_words(&cuts) < n_words(known)) {
            best = Some(cuts);
        }
        let n_avoided = edges.into_iter().filter(|edge| costs.avoid(*edge)).count();
        if n_avoided == 0 {
            break;
        }
    }
    best
}

/// What a minimum cut consists of, place by place, each holder named by a path that the cut leaves alone.
fn cuts_of(heap: &Heap, costs: &Costs<'_>, cut: &MinimumCut) -> Vec<Cut> {
    let eases = &costs.eases;
    let is_blocked = |object: ObjectIx| cut.side.contains(&object.get());
    let is_finished = |frame: ObjectIx| eases.is_finished_frame(frame);
    let mut cuts: Vec<Cut> = Vec::new();
    for of_holder in cut.edges.chunk_by(|one, other| one.from == other.from) {
        let references: Vec<(Reference, u32)> =
            of_holder.iter().filter_map(|edge| heap.reference_of_edge(*edge)).collect();
        let Some(first) = references.first() else { continue };
        let holder = first.0.from;
        if costs.place(of_holder[0].from).is_some() {
            let (found, emptying) = statement::of_place(heap, eases, &references, &is_blocked);
            let all: Vec<Reference> = references.iter().map(|(reference, _)| *reference).collect();
            let is_emptied =
                eases.is_garbage_list(holder) || emptying.as_ref().is_some_and(emptying::Emptying::is_whole);
            let edges = if is_emptied {
                effects::of_all_elements(heap, holder)
            } else {
                effects::of_elements(heap, holder, &all)
            };
            let moves_others = emptying.is_some_and(|one| one.moves_others());
            let emptied = if is_emptied { vec![holder] } else { Vec::new() };
            cuts.push(Cut { emptied, moves_others, ..Cut::new(found, all, edges) });
            continue;
        }
        for costed in references {
            let found = statement::of_reference(heap, eases, costed, &is_blocked);
            let is_code = !matches!(found.statement, Statement::Advice(_));
            let edges = match found.traceback {
                Some(traceback) => effects::of_traceback(heap, traceback, &is_finished),
                None => effects::of_reference(heap, &costed.0, is_code),
            };
            cuts.push(Cut::new(found, vec![costed.0], edges));
        }
    }
    for root in &cut.roots {
        let Some(root) = heap.root_of(object(*root)) else { continue };
        let found = Found { passes: true, ..statement::of_root(heap, root) };
        let cost = u32::from(root_cost(root));
        cuts.push(Cut { root: Some(root.clone()), cost, ..Cut::new(found, Vec::new(), Vec::new()) });
    }
    cuts
}

/// The cuts so that each statement still names what it names when those before it have run: what moves elements of a
/// list comes last, what lies deeper first. What is no code comes after all code. Equal lines are one.
pub(super) fn in_order(mut cuts: Vec<Cut>) -> Vec<Cut> {
    let text = |cut: &Cut| match &cut.statement {
        Statement::Delete(text) => text.clone(),
        Statement::Run(lines) => lines.join("\n"),
        Statement::Advice(advice) => advice.text.clone(),
    };
    cuts.sort_by_cached_key(|cut| {
        let text = text(cut);
        let depth = text
            .lines()
            .next()
            .map_or(0, |line| line.split(',').next().map_or(0, |part| part.matches('[').count()));
        (
            !cut.is_code(),
            cut.moves_others,
            std::cmp::Reverse(if cut.moves_others { depth } else { 0 }),
            cut.cost,
            text,
        )
    });
    let mut ordered: Vec<Cut> = Vec::new();
    for cut in cuts {
        match ordered.iter_mut().find(|known| known.is_code() && known.statement == cut.statement) {
            Some(known) => {
                known.references.extend(cut.references);
                known.edges.extend(cut.edges);
                known.emptied.extend(cut.emptied);
            }
            None => ordered.push(cut),
        }
    }
    ordered
}

fn edge_of(heap: &Heap, reference: &Reference) -> Option<PathEdge> {
    let nth = heap.strong_references(reference.from).position(|other| other == *reference)?;
    heap.edge_of_nth(reference.from, nth)
}
