//! Objects that keep each other alive.

use std::cmp::Reverse;
use std::sync::Arc;

use heapview_analysis::Heap;
use heapview_analysis::cycles::{CycleOptions, CycleRow, cycles};
use heapview_render as render;

use super::{counted, number, rest, truncated, wide_number};
use crate::findings::{Cell, Column, Finding, Findings, Width};
use crate::found::Found;
use crate::target::Target;

/// More kinds than anyone reads.
const MAX_ROWS: usize = 1_000;

pub(super) fn findings(heap: &Heap) -> Findings {
    let options = CycleOptions { only_garbage: false, limit: MAX_ROWS };
    let report = cycles(heap, options);
    let title = format!(
        "{}{} in {} of {}",
        truncated(report.rows.len(), report.n_kinds),
        counted(report.n_objects as usize, "object"),
        counted(report.n_cycles as usize, "cycle"),
        counted(report.n_kinds, "kind"),
    );
    Findings {
        title,
        nothing: "No cycles but those of modules and types, which are all one.",
        columns: vec![
            number("retained"),
            wide_number("shallow", 120),
            wide_number("objects", 110),
            Column { title: "state", width: Width::Word(15) },
            rest("what", 1),
        ],
        rows: report.rows.into_iter().map(|row| finding(heap, row)).collect(),
        sorted_by: Some(0),
    }
}

fn finding(heap: &Heap, mut row: CycleRow) -> Finding {
    let (title, mut details) = render::cycle_lines(heap, &row);
    // A small terminal shows the first two.
    details.sort_by_key(|(name, _)| !["example", "path"].contains(name));
    let what = render::cycle_label(&row);
    let mut states = Vec::new();
    if row.is_garbage {
        states.push("garbage");
    }
    if !row.finalizers.is_empty() {
        states.push("__del__");
    }
    let mut objects = std::mem::take(&mut row.members);
    objects.sort_by_key(|object| (Reverse(heap.retained_size(*object)), *object));
    let retained_size = Some(row.retained_size).filter(|_| row.retained_is_exact);
    let object = row.example.first().map(|step| step.from).or_else(|| objects.first().copied());
    Finding {
        cells: vec![
            Cell::number(row.retained_size, render::size),
            Cell::number(row.shallow_size, render::size),
            Cell::number(row.n_objects, render::count),
            Cell::text(states.join(" ")),
            Cell::text(format!("{what}: {}", row.links.join(", "))),
        ],
        details,
        target: Some(Target::Listed(title, Arc::new(Found { objects, retained_size }))),
        object,
    }
}
