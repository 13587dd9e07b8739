//! To free this: the smallest set of references to cut that does no harm, and what cutting them gives, tried before
//! it is shown.

mod along;
mod collection;
mod contents;
mod costs;
mod ease;
mod effects;
mod emptying;
mod loops;
mod naming;
mod outcome;
mod ownership;
mod statement;
mod stuck;

use heapview_graph::{CutCosts as _, CutLimits, MinimumCut, PathEdge, UNCUTTABLE, minimum_cut};
use heapview_snapshot::ObjectIx;
use rustc_hash::FxHashSet;

use crate::costs::root_cost;
use crate::heap::Heap;
use crate::path;
use crate::reference::Reference;
use crate::roots::{HeapRoot, node, object};
use crate::selection::SelectorError;
pub use collection::Collection;
use costs::Costs;
use loops::Through;
pub use outcome::{Outcome, StillHeld};
use statement::Found;
pub use statement::{Advice, Statement};

const LIMITS: CutLimits = CutLimits { max_paths: 16_384, max_visits: 50_000_000 };
/// Objects that cannot go and are emptied instead: a few that matter, not all that there are.
const MOST_EMPTIED: usize = 8;
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
    edges: Vec<PathEdge>,
    names: Vec<String>,
    elements: Vec<Through>,
    /// Its lines move elements after those that they take out.
    moves_others: bool,
    /// A function that runs holds it, and lets go when it returns.
    passes: bool,
}

impl Cut {
    /// Whether the statement is Python that can be pasted.
    pub fn is_code(&self) -> bool {
        !matches!(self.statement, Statement::Advice(_))
    }

    fn new(found: Found, references: Vec<Reference>, edges: Vec<PathEdge>) -> Self {
        Self {
            references,
            root: None,
            statement: found.statement,
            cost: found.cost,
            edges,
            names: found.names,
            elements: found.elements,
            moves_others: false,
            passes: found.passes,
        }
    }

    /// The cut without its lines: what they would do is said.
    fn in_words(self) -> Self {
        let text = match &self.statement {
            Statement::Delete(text) => format!("del {text}"),
            Statement::Run(lines) => lines.join("; "),
            Statement::Advice(_) => return self,
        };
        let statement = Advice::words(format!("{text}: frees nothing while the others hold it"));
        Self { statement, elements: Vec::new(), ..self }
    }
}

/// How to free some objects.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct FreePlan {
    /// In the order in which they can be run. Empty if no root reaches the objects, or if `truncated`.
    pub cuts: Vec<Cut>,
    /// Modules that the statements name and that `__main__` does not have under this name.
    pub imports: Vec<String>,
    /// Modules that the lines use and whose names `__main__` has for something else.
    pub shadowed: Vec<String>,
    /// What the cuts that are code give.
    pub by_code: Outcome,
    /// What all cuts give together, those included that only words describe.
    pub by_all: Outcome,
    /// Bytes of all that the objects keep alive.
    pub retained_size: u64,
    /// Objects asked about.
    pub n_wanted: usize,
    /// Of these, such that no root reaches: they wait for the collector.
    pub n_garbage: usize,
    /// Of these, such that nothing frees while the interpreter runs: modules, static types, what is immortal.
    pub n_stuck: usize,
    /// Of these, such that stay, and that the lines empty where they are.
    pub n_emptied: usize,
    /// What the collector needs, for what waits for it.
    pub collection: Collection,
    /// The search for references was given up: there are too many.
    pub truncated: bool,
}

impl FreePlan {
    /// No root reaches any of the objects.
    pub fn is_garbage(&self) -> bool {
        self.n_garbage == self.n_wanted
    }

    /// Nothing of what was asked about can be freed.
    pub fn cannot_be_freed(&self) -> bool {
        self.n_wanted > 0 && self.n_stuck == self.n_wanted
    }

    /// Whether the lines end by calling the collector.
    pub fn collects(&self) -> bool {
        self.n_garbage > 0 || self.by_code.waiting_size > 0
    }

    /// Whether the lines alone free all that was asked about.
    pub fn is_complete(&self) -> bool {
        !self.truncated
            && self.n_stuck == 0
            && (self.is_garbage() || (!self.cuts.is_empty() && self.by_code.n_staying == 0))
    }
}

/// The smallest set of references that can be cut without harm so that no root reaches `objects`. Of equally small
/// sets the one closest to the objects; a reference counts for more the less a person can act on it, and the more it
/// takes along besides. Elements of one container count as one.
///
/// A minimum cut; O(references looked at) for each place that is cut, and two walks of the heap to see what goes.
pub fn free(heap: &Heap, objects: &[ObjectIx]) -> FreePlan {
    let mut plan =
        FreePlan { retained_size: retained(heap, objects), n_wanted: objects.len(), ..FreePlan::default() };
    let (alive, garbage): (Vec<ObjectIx>, Vec<ObjectIx>) =
        objects.iter().copied().partition(|object| heap.is_reachable(*object));
    plan.n_garbage = garbage.len();
    let mut costs = Costs::new(heap, &alive, plan.retained_size);
    let wanted = stuck::without_stuck(heap, &costs, &alive);
    plan.n_stuck = alive.len() - wanted.len();
    let mut cuts = Vec::new();
    if !wanted.is_empty() {
        match cheapest_cuts(heap, &mut costs, &wanted) {
            Some(found) => cuts = without_vain_lines(heap, &mut costs, &wanted, found),
            None => plan.truncated = true,
        }
    }
    if cuts.iter().any(|cut| !cut.is_code()) {
        plan.n_emptied = add_contents(heap, &costs, &wanted, &mut cuts);
    }
    let (by_code, _) = outcome::outcome(heap, &wanted, cuts.iter().filter(|cut| cut.is_code()));
    if by_code.freed_size == 0 || (by_code.n_staying == wanted.len() && plan.n_emptied == 0) {
        // Lines for nothing are none.
        cuts = cuts.into_iter().map(Cut::in_words).collect();
        plan.n_emptied = 0;
    }
    plan.finish(heap, &costs, &wanted, &garbage, cuts);
    plan
}

/// Without the lines for objects that stay all the same, because something else holds them for which there are only
/// words: such a line would take from the program and free nothing. What a function holds until it returns is no
/// such thing.
fn without_vain_lines(heap: &Heap, costs: &mut Costs<'_>, wanted: &[ObjectIx], cuts: Vec<Cut>) -> Vec<Cut> {
    let (code, words): (Vec<Cut>, Vec<Cut>) = cuts.into_iter().partition(Cut::is_code);
    let passing = words.iter().filter(|cut| cut.passes);
    let (outcome, _) = outcome::outcome(heap, wanted, code.iter().chain(passing));
    if code.is_empty() || outcome.n_staying == 0 {
        return code.into_iter().chain(words).collect();
    }
    let staying: FxHashSet<ObjectIx> = outcome.staying.into_iter().collect();
    let going: Vec<ObjectIx> = wanted.iter().copied().filter(|object| !staying.contains(object)).collect();
    let of_going = if going.is_empty() { None } else { cheapest_cuts(heap, costs, &going) };
    let mut cuts = of_going.unwrap_or_default();
    let known: FxHashSet<Reference> = cuts.iter().flat_map(|cut| cut.references.iter().copied()).collect();
    cuts.extend(words);
    for cut in code {
        if !cut.references.iter().any(|reference| known.contains(reference)) {
            cuts.push(cut.in_words());
        }
    }
    cuts
}

/// Adds lines that empty those of `wanted` that no line lets go, and returns how many they are.
fn add_contents(heap: &Heap, costs: &Costs<'_>, wanted: &[ObjectIx], cuts: &mut Vec<Cut>) -> usize {
    let (by_code, _) = outcome::outcome(heap, wanted, cuts.iter().filter(|cut| cut.is_code()));
    let mut n_emptied = 0;
    let mut staying = by_code.staying;
    staying.sort_by_key(|object| std::cmp::Reverse(heap.retained_size(*object)));
    for object in staying.into_iter().take(MOST_EMPTIED) {
        if let Some(contents) = contents::contents(heap, &costs.eases, object) {
            cuts.push(Cut::new(contents.found, contents.references, contents.edges));
            n_emptied += 1;
        }
    }
    n_emptied
}

/// What cutting the references named by `expressions` would give: each is a path whose last step is cut, such as
/// `Out[5]` or `app.CACHE['k']`. Of what would do harm there are words and no line.
pub fn what_if(heap: &Heap, objects: &[ObjectIx], expressions: &[String]) -> Result<FreePlan, SelectorError> {
    let (wanted, garbage): (Vec<ObjectIx>, Vec<ObjectIx>) =
        objects.iter().copied().partition(|object| heap.is_reachable(*object));
    let mut plan = FreePlan {
        retained_size: retained(heap, objects),
        n_wanted: objects.len(),
        n_garbage: garbage.len(),
        ..FreePlan::default()
    };
    let costs = Costs::new(heap, &wanted, plan.retained_size);
    let mut cuts = Vec::new();
    for expression in expressions {
        let (reference, is_python) = path::last_reference(heap, expression)?;
        let text = expression.trim();
        let found = if is_python {
            statement::of_expression(heap, &costs.eases, text, &reference)
        } else {
            Found::words(text, None, 0)
        };
        let edges = effects::of_reference(heap, &reference, false);
        cuts.push(Cut::new(found, vec![reference], edges));
    }
    plan.finish(heap, &costs, &wanted, &garbage, cuts);
    Ok(plan)
}

impl FreePlan {
    /// Puts the cuts in order and tries them.
    fn finish(
        &mut self,
        heap: &Heap,
        costs: &Costs<'_>,
        wanted: &[ObjectIx],
        garbage: &[ObjectIx],
        cuts: Vec<Cut>,
    ) {
        self.cuts = in_order(loops::joined(heap, &costs.eases, cuts));
        self.imports = imports(heap, &self.cuts);
        self.shadowed = ["gc", "traceback"]
            .into_iter()
            .filter(|name| is_shadowed(heap, name))
            .map(str::to_owned)
            .collect();
        let (by_code, waiting) = outcome::outcome(heap, wanted, self.cuts.iter().filter(|cut| cut.is_code()));
        self.collection = Collection::of(heap, waiting.into_iter().chain(garbage.iter().copied()));
        self.by_all = if self.cuts.iter().all(Cut::is_code) {
            by_code.clone()
        } else {
            outcome::outcome(heap, wanted, self.cuts.iter()).0
        };
        self.by_code = by_code;
        // Garbage goes by the lines' last one, whatever else they do.
        let of_garbage = if garbage.is_empty() { 0 } else { retained(heap, garbage) };
        for outcome in [&mut self.by_code, &mut self.by_all] {
            outcome.freed_size += of_garbage;
            outcome.waiting_size += of_garbage;
            outcome.n_freed += garbage.len() as u64;
        }
    }
}

/// The cuts of the cheapest of a few rounds, in each of which more is known to have no line; `None` if the search was
/// given up.
fn cheapest_cuts(heap: &Heap, costs: &mut Costs<'_>, wanted: &[ObjectIx]) -> Option<Vec<Cut>> {
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
            cuts.push(Cut { moves_others, ..Cut::new(found, all, edges) });
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
fn in_order(mut cuts: Vec<Cut>) -> Vec<Cut> {
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
            }
            None => ordered.push(cut),
        }
    }
    ordered
}

fn is_shadowed(heap: &Heap, module: &str) -> bool {
    heap.main_global(module).is_some_and(|global| heap.module(module) != Some(global))
}

/// Modules that the lines name, unless `__main__` has something else under the name.
fn imports(heap: &Heap, cuts: &[Cut]) -> Vec<String> {
    let is_theirs = |name: &&String| match heap.main_global(name) {
        Some(global) => heap.module(name) == Some(global),
        None => heap.module(name).is_some() || matches!(name.as_str(), "traceback" | "gc"),
    };
    let mut imports: Vec<String> = cuts
        .iter()
        .filter(|cut| cut.is_code())
        .flat_map(|cut| &cut.names)
        .filter(is_theirs)
        .cloned()
        .collect();
    imports.sort();
    imports.dedup();
    imports
}

fn retained(heap: &Heap, objects: &[ObjectIx]) -> u64 {
    match objects {
        [single] => heap.retained_size(*single),
        several => heap.retained_size_of_set(several),
    }
}

fn edge_of(heap: &Heap, reference: &Reference) -> Option<PathEdge> {
    let nth = heap.strong_references(reference.from).position(|other| other == *reference)?;
    heap.edge_of_nth(reference.from, nth)
}
