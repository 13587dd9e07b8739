//! To free this: the smallest set of references to cut that does no harm, and what cutting them gives, tried before
//! it is shown.

mod advice;
mod along;
mod collection;
mod contents;
mod costs;
mod cut;
mod ease;
mod effects;
mod emptying;
mod endings;
mod loops;
mod naming;
mod outcome;
mod ownership;
mod pointers;
mod results;
mod statement;
mod stuck;
#[cfg(test)]
mod tests;
mod weak;

use heapview_snapshot::ObjectIx;
use rustc_hash::FxHashSet;

use crate::heap::Heap;
use crate::path;
use crate::reference::Reference;
use crate::selection::SelectorError;
pub use advice::Advice;
pub use collection::Collection;
use costs::Costs;
pub use cut::Cut;
use cut::{cheapest_cuts, in_order};
pub use outcome::{Outcome, StillHeld};
use statement::Found;
pub use statement::Statement;

/// Objects that cannot go and are emptied instead: a few that matter, not all that there are.
const MAX_EMPTIED: usize = 8;
/// Bytes of emptied tables for which no line is given if no object goes.
const LITTLE: u64 = 1 << 16;
/// What lines call.
const BUILTINS: [&str; 3] = ["id", "type", "getattr"];

/// How to free some objects.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct FreePlan {
    /// In the order in which they can be run. Empty if no root reaches the objects, or if `truncated`.
    pub cuts: Vec<Cut>,
    /// Modules that the statements name and that `__main__` does not have under this name.
    pub imports: Vec<String>,
    /// Modules that the lines use and whose names `__main__` has for something else.
    pub shadowed: Vec<String>,
    /// Builtin functions that lines may call and whose names `__main__` has for something else.
    pub shadowed_builtins: Vec<String>,
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
    let frees_nothing = by_code.n_freed == 0 && by_code.freed_size < LITTLE;
    if frees_nothing || (by_code.n_staying == wanted.len() && plan.n_emptied == 0) {
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
    for object in staying.into_iter().take(MAX_EMPTIED) {
        if let Some(contents) = contents::contents(heap, &costs.eases, object) {
            let cut = Cut::new(contents.found, contents.references, contents.edges);
            cuts.push(Cut { emptied: vec![object], ..cut });
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
        let (path, reference, is_python) = path::last_reference(heap, expression)?;
        let found = if is_python {
            statement::of_expression(heap, &costs.eases, &path, &reference)
        } else {
            Found::words(path.to_string(), None, 0)
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
        let is_taken = |name: &&str| heap.main_global(name).is_some();
        self.shadowed = ["gc", "traceback"]
            .into_iter()
            .filter(|name| is_shadowed(heap, name))
            .map(str::to_owned)
            .collect();
        self.shadowed_builtins = BUILTINS.into_iter().filter(is_taken).map(str::to_owned).collect();
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
