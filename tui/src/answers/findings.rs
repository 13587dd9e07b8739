//! What the analyses found, in the words of `heapview-render`, as tables.

mod cycles;
mod diff;
mod savings;
mod suspects;
mod threads;

use heapview_analysis::Heap;
use heapview_render as render;

use crate::findings::{About, Column, Findings, Width};

/// The table that is asked for.
pub(super) fn findings(heap: &Heap, about: &About) -> Findings {
    match about {
        About::Suspects => suspects::findings(heap),
        About::Cycles => cycles::findings(heap),
        About::Savings => savings::findings(heap),
        About::Threads => threads::findings(heap),
        About::Diff(Some(baseline)) => diff::findings(baseline, heap),
        About::Diff(None) => Findings::default(),
    }
}

/// A column of numbers that every terminal has room for.
const fn number(title: &'static str) -> Column {
    Column { title, width: Width::Number(11, 0) }
}

/// A column of numbers that is left out where the terminal is narrower than this.
const fn wide_number(title: &'static str, least: usize) -> Column {
    Column { title, width: Width::Number(13, least) }
}

const fn rest(title: &'static str, parts: usize) -> Column {
    Column { title, width: Width::Rest(parts) }
}

const fn path(title: &'static str, parts: usize) -> Column {
    Column { title, width: Width::Path(parts) }
}

/// `1 frame`, `2 frames`.
fn counted(number: usize, noun: &str) -> String {
    let s = if number == 1 { "" } else { "s" };
    format!("{} {noun}{s}", render::count(number as u64))
}

/// What a title begins with if rows were left out: where it is cut, this stays.
fn truncated(n_rows: usize, n_all: usize) -> String {
    if n_rows >= n_all {
        return String::new();
    }
    let [n_rows, n_all] = [n_rows, n_all].map(|number| render::count(number as u64));
    format!("Truncated to {n_rows} of {n_all} rows. ")
}
