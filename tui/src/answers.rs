//! Puts each question to the engine. Only here and in the folder of this name an analysis is called.

mod find;
mod findings;
mod order;

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use heapview_analysis::free::{Cut, Statement};
use heapview_analysis::{Heap, Page, Reference};
use heapview_analysis::{dominators, free, histogram, object, paths, selection, summary};
use heapview_render as render;
use heapview_snapshot::ObjectIx;

use crate::command::{
    Answer, BestPath, Dominated, DominatorChain, FreeWords, ObjectFacts, Overview, PathRows, Question,
};
use crate::found::Found;
use crate::icicle::{Block, SMALLEST_PART};
use crate::tree::Item;

/// More paths than anyone reads; the answer says when there are more.
const MAX_PATHS: usize = 100;
/// Dominators shown above an object; those farther out are counted.
const MAX_CHAIN: usize = 24;

/// Levels of the icicle: what nothing dominates, what that dominates, what that dominates.
pub(crate) const N_LEVELS: usize = 3;

/// Answers `question`. May take long; touches nothing but the heap.
pub fn answer(heap: &Heap, question: &Question) -> Answer {
    match question {
        Question::Summary => {
            let summary = summary::summary(heap);
            let paths = summary.biggest.iter().map(|object| best_path(heap, *object)).collect();
            let blocks = blocks(heap, None, N_LEVELS);
            Answer::Summary(Arc::new(Overview { summary, paths, blocks }))
        }
        Question::BestPath(object) => Answer::BestPath(Arc::new(best_path(heap, *object))),
        Question::Histogram(by) => Answer::Histogram(Arc::new(histogram::group_histogram(heap, None, *by))),
        Question::Object(object) => Answer::Object(Arc::new(ObjectFacts {
            report: object::report(heap, *object),
            path: best_path(heap, *object),
        })),
        Question::Referrers(object, rows) => {
            let referrers = object::referrers(heap, *object, page(rows));
            Answer::References { rows: referrers.rows, total: referrers.total }
        }
        Question::Referents(object, rows) => {
            let referents = object::referents(heap, *object, page(rows));
            Answer::References { rows: referents.rows, total: referents.total }
        }
        Question::Dominated(object, rows) => {
            let children = dominators::children(heap, *object, page(rows));
            Answer::Dominated { rows: dominated(heap, *object, &children.rows), total: children.total }
        }
        Question::DominatorChain(object) => Answer::DominatorChain(dominator_chain(heap, *object)),
        Question::Paths(object) => {
            let limits = paths::Limits { max_paths: MAX_PATHS };
            Answer::Paths(Arc::new(PathRows::new(paths::root_paths(heap, *object, limits))))
        }
        Question::Free(object) => Answer::Free(Arc::new(free_words(heap, *object))),
        Question::OfGroup(by, name) => Answer::Found(Ok(Arc::new(Found {
            objects: histogram::of_group(heap, *by, name).objects,
            retained_size: None,
        }))),
        Question::OfType(type_ix) => Answer::Found(Ok(Arc::new(Found {
            objects: selection::of_type(heap, *type_ix).objects,
            retained_size: None,
        }))),
        Question::Find(text) => Answer::Found(find::find(heap, text)),
        Question::Findings(about) => Answer::Findings(Arc::new(findings::findings(heap, about))),
        Question::Order(rows, sort) => Answer::Order(order::order(heap, rows, *sort)),
        Question::Count(text) => Answer::Count(find::count(heap, text)),
    }
}

fn best_path(heap: &Heap, object: ObjectIx) -> BestPath {
    let path = paths::path_to_root(heap, object).map(|path| path.path);
    let unreachable = || render::unreachable_label(heap, object);
    BestPath { text: path.as_ref().map_or_else(unreachable, ToString::to_string), path }
}

/// The biggest of what `above` immediately dominates, with the biggest of what they dominate, `n_levels` in all.
/// O(children of the blocks).
fn blocks(heap: &Heap, above: Option<ObjectIx>, n_levels: usize) -> Vec<Block> {
    if n_levels == 0 {
        return Vec::new();
    }
    let smallest = heap.total_size() / SMALLEST_PART;
    let page = Page { start: 0, len: SMALLEST_PART as usize };
    let rows = dominators::children(heap, above, page).rows;
    let is_seen = |object: &ObjectIx| heap.retained_size(*object) > smallest;
    let block = |object: ObjectIx| Block {
        path: best_path(heap, object).text,
        size: heap.retained_size(object),
        inner: blocks(heap, Some(object), n_levels - 1),
    };
    rows.into_iter().take_while(is_seen).map(block).collect()
}

fn free_words(heap: &Heap, object: ObjectIx) -> FreeWords {
    let plan = free::free(heap, &[object]);
    let leads_on = |cut: &Cut| match &cut.statement {
        Statement::Advice(advice) => advice.owner.is_none(),
        Statement::Delete(_) | Statement::Run(_) => true,
    };
    FreeWords {
        leads_on: !plan.cannot_be_freed() && plan.cuts.iter().any(leads_on),
        code: render::code_lines(&plan),
        advice: render::advice_lines(&plan),
        outcome: render::outcome_lines(heap, &plan),
    }
}

fn page(rows: &Range<usize>) -> Page {
    Page { start: rows.start, len: rows.len() }
}

fn dominator_chain(heap: &Heap, object: ObjectIx) -> DominatorChain {
    let mut inwards = vec![object];
    let mut n_above = 0;
    let mut outermost = object;
    while let Some(dominator) = heap.dominator(outermost) {
        outermost = dominator;
        if inwards.len() < MAX_CHAIN {
            inwards.push(dominator);
        } else {
            n_above += 1;
        }
    }
    let links =
        inwards.iter().rev().flat_map(|link| dominated(heap, heap.dominator(*link), &[*link])).collect();
    // Beside a link in the middle of the tree nothing is shown: its neighbours hang below what was left out.
    let n_top = if n_above == 0 && heap.is_reachable(object) { n_dominated(heap, None) } else { 1 };
    DominatorChain { links, n_above, n_top }
}

/// Rows of the dominator tree below `dominator`. O(references of the dominator + rows + paths of those it does not hold
/// itself).
fn dominated(heap: &Heap, dominator: Option<ObjectIx>, rows: &[ObjectIx]) -> Vec<Item<Dominated>> {
    let mut wanted: HashMap<ObjectIx, Option<Reference>> = rows.iter().map(|row| (*row, None)).collect();
    for reference in dominator.into_iter().flat_map(|dominator| heap.strong_references(dominator)) {
        if let Some(found @ None) = wanted.get_mut(&reference.to) {
            *found = Some(reference);
        }
    }
    rows.iter()
        .map(|&object| Item {
            item: {
                let reference = wanted.get(&object).copied().flatten();
                let path = || Arc::from(best_path(heap, object).text);
                Dominated { object, reference, path: reference.is_none().then(path) }
            },
            n_below: n_dominated(heap, Some(object)),
        })
        .collect()
}

fn n_dominated(heap: &Heap, object: Option<ObjectIx>) -> usize {
    dominators::children(heap, object, Page { start: 0, len: 0 }).total
}
