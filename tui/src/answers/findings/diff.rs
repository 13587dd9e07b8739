//! Two snapshots by type.

use heapview_analysis::Heap;
use heapview_analysis::diff::{DiffRow, diff};
use heapview_analysis::query::{Expr, Field, Query, Term, Text};
use heapview_render as render;

use super::{counted, number, rest, wide_number};
use crate::findings::{Baseline, Cell, Finding, Findings};
use crate::target::Target;

pub(super) fn findings(baseline: &Baseline, heap: &Heap) -> Findings {
    let diff = diff(&baseline.heap, heap);
    let title = format!(
        "Since {}: {}, {} objects; {} changed",
        baseline.name,
        render::size_delta(diff.total.size_delta()),
        render::count_delta(diff.total.objects_delta()),
        counted(diff.rows.len(), "type")
    );
    Findings {
        title,
        nothing: "No type has more or fewer objects or bytes than in the baseline.",
        columns: vec![
            number("size"),
            number("objects"),
            wide_number("size before", 86),
            wide_number("size now", 72),
            wide_number("obj. before", 120),
            wide_number("obj. now", 120),
            rest("type", 1),
        ],
        rows: diff.rows.iter().map(finding).collect(),
        sorted_by: Some(0),
    }
}

fn finding(row: &DiffRow) -> Finding {
    Finding {
        cells: vec![
            Cell::delta(row.size_delta(), render::size_delta),
            Cell::delta(row.objects_delta(), render::count_delta),
            Cell::number(row.baseline_size, render::size),
            Cell::number(row.current_size, render::size),
            Cell::number(row.baseline_objects, render::count),
            Cell::number(row.current_objects, render::count),
            Cell::text(row.type_name.as_str()),
        ],
        // What has gone cannot be listed.
        target: (row.current_objects > 0).then(|| Target::Selector(type_query(&row.type_name))),
        ..Finding::default()
    }
}

fn type_query(name: &str) -> String {
    let text = Text { text: name.to_owned(), contains: false };
    Query { expr: Expr::Term(Term::Text(Field::Type, text)) }.to_string()
}
