//! The objects for which a query holds.

use std::cmp::Reverse;

use heapview_snapshot::ObjectIx;
use rayon::prelude::*;

use super::ast::{Expr, Field, Query, Term, Text};
use super::names::closest;
use super::test::{Test, types_called};
use crate::heap::Heap;
use crate::selection::Selection;

/// Objects looked at by one task.
const TASK: usize = 1 << 14;

/// What a query came to.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Matches {
    pub selection: Selection,
    /// Sentences about terms that hold for nothing in any case, such as types that the snapshot does not know.
    pub notes: Vec<String>,
}

/// Evaluates a query over all objects, largest retained size first, or over those of `within`, in their order.
///
/// O(objects) for most terms, in parallel; the first `path:` asked of a heap costs O(references) besides.
pub fn evaluate(heap: &Heap, query: &Query, within: Option<&Selection>) -> Matches {
    let test = Test::new(heap, &query.expr);
    if test.follows_references() {
        // They are found by all threads of the pool: none of these may wait for them.
        heap.graph().targets();
    }
    let all: Vec<ObjectIx>;
    let objects = if let Some(within) = within {
        &within.objects[..]
    } else {
        all = heap.objects().collect();
        &all
    };
    let found: Vec<Vec<ObjectIx>> = objects
        .par_chunks(TASK)
        .map(|objects| {
            let holds = |object: &ObjectIx| {
                // Some terms take long for a single object.
                heap.check();
                test.holds(heap, *object)
            };
            objects.iter().copied().filter(holds).collect()
        })
        .collect();
    let mut found = found.concat();
    if within.is_none() {
        found.par_sort_unstable_by_key(|object| (Reverse(heap.retained_size(*object)), *object));
    }
    let mut notes = Vec::new();
    collect_notes(heap, &query.expr, &mut notes);
    Matches { selection: Selection { objects: found }, notes }
}

fn collect_notes(heap: &Heap, expr: &Expr, notes: &mut Vec<String>) {
    match expr {
        Expr::Not(inner) => collect_notes(heap, inner, notes),
        Expr::All(parts) | Expr::Any(parts) => {
            for part in parts {
                collect_notes(heap, part, notes);
            }
        }
        Expr::Term(term) => notes.extend(note(heap, term)),
    }
}

fn note(heap: &Heap, term: &Term) -> Option<String> {
    match term {
        Term::Text(Field::Type | Field::Referrer | Field::Referent | Field::Dominator, text) => {
            no_such_type(heap, text)
        }
        Term::Text(Field::Site, _) if heap.snapshot().n_sites() == 0 => {
            Some("no allocation was traced; start the program with `python -X tracemalloc=5`".to_owned())
        }
        Term::Text(Field::Preview, _) if heap.snapshot().meta().previews == "none" => {
            Some("the snapshot holds no values: it was dumped with previews=\"none\"".to_owned())
        }
        Term::Id(id) if id.index() >= heap.n_objects() => Some(format!(
            "no object {id}: the last of this snapshot is @{:x}",
            heap.n_objects().saturating_sub(1)
        )),
        Term::Address(address) if heap.snapshot().find(*address).is_none() => {
            Some(format!("no object at address {address} in this snapshot"))
        }
        _ => None,
    }
}

fn no_such_type(heap: &Heap, text: &Text) -> Option<String> {
    if types_called(heap, text).contains(&true) {
        return None;
    }
    let names = heap.snapshot().types().iter();
    let names = names.flat_map(|row| [row.qualname.rsplit('.').next().unwrap_or_default(), &row.name]);
    let near = closest(&text.text, names).map(|near| format!("; did you mean {near}?")).unwrap_or_default();
    Some(format!("no type is called '{}' in this snapshot{near}", text.text))
}
