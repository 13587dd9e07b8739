//! Where a big share of what is alive hangs on one object.

use heapview_analysis::Heap;
use heapview_analysis::paths;
use heapview_analysis::suspects::{Suspect, suspects};
use heapview_render as render;

use super::{counted, path, rest};
use crate::findings::{Cell, Column, Finding, Findings, Width};
use crate::target::Target;

/// A suspect retains at least one part in so many of what is alive: one percent.
const SMALLEST_PART: u64 = 100;

pub(super) fn findings(heap: &Heap) -> Findings {
    let suspects = suspects(heap, SMALLEST_PART);
    let whole = suspects.reachable_size;
    let title = format!(
        "{} with 1 % or more of the {} that are alive",
        counted(suspects.rows.len(), "object"),
        render::size(whole)
    );
    Findings {
        title,
        nothing: "No object holds 1 % of what is alive; modules and what the interpreter holds are not counted.",
        columns: vec![
            Column { title: "retained, share", width: Width::Number(20, 0) },
            rest("object", 2),
            path("path", 3),
        ],
        rows: suspects.rows.iter().map(|suspect| finding(heap, suspect, whole)).collect(),
        sorted_by: Some(0),
    }
}

fn finding(heap: &Heap, suspect: &Suspect, whole: u64) -> Finding {
    let object = suspect.object;
    let path = paths::path_to_root(heap, object).map_or_else(String::new, |path| path.path.to_string());
    let size = render::size(suspect.retained_size);
    let share = format!("{size} {:>8}", render::percent(suspect.retained_size, whole));
    Finding {
        cells: vec![
            Cell { text: share, ..Cell::number(suspect.retained_size, render::size) },
            Cell::text(render::object_label(heap, object)),
            Cell::text(path),
        ],
        details: render::suspect_lines(heap, suspect, whole),
        target: Some(Target::Object(object)),
        object: Some(object),
    }
}
