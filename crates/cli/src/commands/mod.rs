//! One file for each command: asks the engine, prints the answer, returns the exit code.

pub(crate) mod browse;
pub(crate) mod cycles;
pub(crate) mod diff;
pub(crate) mod duplicates;
pub(crate) mod free;
pub(crate) mod histogram;
pub(crate) mod object;
pub(crate) mod paths;
pub(crate) mod patterns;
pub(crate) mod query;
pub(crate) mod summary;
pub(crate) mod top;
pub(crate) mod tree;
pub(crate) mod waste;

use heapview_analysis::query::{Matches, Query, evaluate};
use heapview_analysis::selection::{SelectorError, select};
use heapview_analysis::{Heap, paths as engine};
use heapview_render::{
    Column, Table, UNREACHABLE, marked_lines, percent, query_error_lines, size, value_label,
};
use heapview_snapshot::ObjectIx;

use crate::output::complain;

/// What a selector came to.
enum Selected {
    Objects(Vec<ObjectIx>),
    /// It is well-formed and names nothing; the sentence says so.
    Nothing(SelectorError),
}

/// The objects that `selector` names, at least one.
fn selected(heap: &Heap, selector: &str) -> Selected {
    match select(heap, selector) {
        Ok(selection) => Selected::Objects(selection.objects),
        Err(error) => Selected::Nothing(error),
    }
}

/// Says on stderr why a selector names nothing, with a caret under the place.
fn explain(selector: &str, error: &SelectorError) -> u8 {
    let mut lines = vec![error.to_string()];
    if let Some(before) = error.at.and_then(|at| selector.trim().get(..at)) {
        lines.extend(marked_lines(selector.trim(), before, ""));
    }
    complain(&lines);
    crate::NOTHING
}

/// A query that can be asked, or nothing asked for; what is wrong with it is said on stderr.
fn parsed(query: Option<&str>) -> Result<Option<Query>, u8> {
    let Some(text) = query else { return Ok(None) };
    text.parse().map(Some).map_err(|error| {
        complain(&query_error_lines(text, &error));
        crate::FAILED
    })
}

/// The objects for which a query holds; what it says of itself goes to stderr.
fn matching(heap: &Heap, query: Option<&Query>) -> Option<Matches> {
    let matches = evaluate(heap, query?, None);
    for note in &matches.notes {
        complain(&[note]);
    }
    Some(matches)
}

/// Objects with size, share, type, id, and the best path or the value.
fn object_table(heap: &Heap, objects: &[ObjectIx], total: u64) -> Table {
    let mut table = Table::new([
        Column::right("retained"),
        Column::right("share"),
        Column::right("shallow"),
        Column::path("type"),
        Column::whole("id"),
        Column::path("path"),
    ]);
    for object in objects {
        table.rows.push(vec![
            size(heap.retained_size(*object)),
            percent(heap.retained_size(*object), total),
            size(heap.shallow_size(*object)),
            heap.type_name(*object).to_owned(),
            object.to_string(),
            path_or_value(heap, *object),
        ]);
    }
    table
}

fn path_or_value(heap: &Heap, object: ObjectIx) -> String {
    match engine::path_to_root(heap, object) {
        Some(path) => path.path.to_string(),
        None => format!("{UNREACHABLE} {}", value_label(heap, object).unwrap_or_default()),
    }
}
