//! What could be saved: equal texts, and containers that take more than they need.

use std::cmp::Reverse;

use heapview_analysis::Heap;
use heapview_analysis::duplicates::{DuplicateRow, duplicates};
use heapview_analysis::query::{Expr, Field, Query, Term, Text};
use heapview_analysis::waste::{WasteKind, WasteRow, waste};
use heapview_render as render;

use super::{number, path, rest, truncated, wide_number};
use crate::findings::{Cell, Finding, Findings};
use crate::target::Target;

/// More rows of each sort than anyone reads.
const MAX_ROWS: usize = 2_000;
const SAVES: usize = 0;

pub(super) fn findings(heap: &Heap) -> Findings {
    let (duplicates, waste) = (duplicates(heap, MAX_ROWS), waste(heap, MAX_ROWS));
    let n_all = duplicates.n_texts + waste.n_rows;
    let mut rows: Vec<Finding> = duplicates.rows.iter().map(of_texts).collect();
    rows.extend(waste.rows.iter().map(|row| of_containers(heap, row)));
    rows.sort_by_key(|row| Reverse(row.cells.get(SAVES).and_then(|saves| saves.number)));
    let wasted = waste.totals.iter().fold(0, |sum: u64, total| sum.saturating_add(total.saved_size));
    let title = format!(
        "{}Could save {} of equal texts, up to {} of containers",
        truncated(rows.len(), n_all),
        render::size(duplicates.saved_size.saturating_add(duplicates.uncertain_size)),
        render::size(wasted),
    );
    Findings {
        title,
        nothing: "Nothing to be saved: no text is there twice, no container takes more than it needs.",
        columns: vec![number("saves"), wide_number("objects", 50), rest("what", 2), path("where", 3)],
        rows,
        sorted_by: Some(SAVES),
    }
}

fn of_texts(row: &DuplicateRow) -> Finding {
    let text = render::duplicate_label(row);
    let (place, n_there) = match &row.place {
        Some((pattern, n_objects)) => (pattern.to_string(), *n_objects),
        None => (render::UNREACHABLE.to_owned(), row.n_objects),
    };
    let [n_there, n_all] = [n_there, row.n_objects].map(render::count);
    let advice =
        format!("keep one of them: sys.intern() for str, or a dict; {n_there} of {n_all} are at {place}");
    let mut details = vec![("text", text.clone()), ("what to do", advice)];
    if !row.is_certain {
        let sentence = "the snapshot holds only the beginning of these texts; it and the size are the same";
        details.push(("about", sentence.to_owned()));
    }
    Finding {
        cells: vec![
            Cell::number(row.saved_size, render::size),
            Cell::number(row.n_objects, render::count),
            Cell::text(format!("equal {} {text}", row.type_name)),
            Cell::text(place),
        ],
        details,
        target: Some(text_query(row).map_or(Target::Object(row.largest), Target::Selector)),
        object: Some(row.largest),
    }
}

/// The query for just these texts; `None` if a query would take the text for something else.
fn text_query(row: &DuplicateRow) -> Option<String> {
    if !row.is_certain || row.text.contains(['*', '\\']) || row.text.contains(char::is_control) {
        return None;
    }
    let term =
        |field, text: &str| Expr::Term(Term::Text(field, Text { text: text.to_owned(), contains: false }));
    let expr = Expr::All(vec![term(Field::Type, &row.type_name), term(Field::Preview, &row.text)]);
    let text = Query { expr }.to_string();
    text.parse::<Query>().is_ok().then_some(text)
}

fn of_containers(heap: &Heap, row: &WasteRow) -> Finding {
    let (what, advice) = render::waste_label(row.kind);
    let target = match row.kind {
        WasteKind::InstanceDict => Target::Type(heap.snapshot().type_ix(row.worst)),
        _ => Target::Object(row.worst),
    };
    Finding {
        cells: vec![
            Cell::number(row.saved_size, render::size),
            Cell::number(row.n_objects, render::count),
            Cell::text(what),
            Cell::text(row.place.as_str()),
        ],
        details: vec![
            ("what to do", advice.to_owned()),
            ("where", row.place.clone()),
            ("worst", render::object_label(heap, row.worst)),
        ],
        target: Some(target),
        object: Some(row.worst),
    }
}
