//! Objects by what was typed: a selector if it is one, else a query.

use std::sync::Arc;

use heapview_analysis::Heap;
use heapview_analysis::query::{Query, evaluate};
use heapview_analysis::selection::{self, SelectorError};
use heapview_snapshot::ObjectIx;

use crate::found::Found;
use crate::prompt::{cheap_query, is_query};
use crate::refusal::Refusal;

/// More objects than can be counted while someone types.
const MAX_COUNTED: usize = 5_000_000;

/// The objects that `text` names or for which it holds, and what they retain together; never none.
pub(super) fn find(heap: &Heap, text: &str) -> Result<Arc<Found>, Refusal> {
    let refused = match selection::select(heap, text) {
        Ok(selection) if !selection.objects.is_empty() => {
            return Ok(found(heap, selection.objects));
        }
        Ok(_) => refusal(format!("no object matches {text}")),
        Err(SelectorError { message, at }) => Refusal { message, at: at.map(|at| at..at) },
    };
    let query: Query = match text.parse() {
        Ok(query) => query,
        Err(_) if !is_query(text) => return Err(refused),
        Err(error) => return Err(Refusal { message: error.to_string(), at: Some(error.span) }),
    };
    let matches = evaluate(heap, &query, None);
    match (matches.selection.objects.is_empty(), matches.notes.is_empty()) {
        (false, _) => Ok(found(heap, matches.selection.objects)),
        (true, _) if !is_query(text) => Err(refused),
        (true, true) => Err(refusal(format!("no object matches {text}"))),
        (true, false) => Err(refusal(matches.notes.join("; "))),
    }
}

/// How many objects match what is typed so far; `None` if that is not worth the work.
pub(super) fn count(heap: &Heap, text: &str) -> Option<u64> {
    let query = cheap_query(text).filter(|_| heap.n_objects() <= MAX_COUNTED)?;
    let matches = evaluate(heap, &query, None);
    Some(matches.selection.objects.len() as u64)
}

fn found(heap: &Heap, objects: Vec<ObjectIx>) -> Arc<Found> {
    let retained_size = match objects.as_slice() {
        [object] => Some(heap.retained_size(*object)),
        objects => Some(heap.retained_size_of_set(objects)),
    };
    Arc::new(Found { objects, retained_size })
}

fn refusal(message: String) -> Refusal {
    Refusal { message, at: None }
}
