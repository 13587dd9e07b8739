//! What an analysis found, as a table of words and numbers: cycles, savings, threads, differences.

use std::cmp::Ordering;
use std::sync::Arc;

use heapview_analysis::Heap;
use heapview_snapshot::ObjectIx;

use crate::tab::Tab;
use crate::target::Target;

/// Which analysis.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum About {
    Suspects,
    Cycles,
    Savings,
    Threads,
    /// The heap that the current one is compared with, if one was given.
    Diff(Option<Baseline>),
}

/// The earlier snapshot. Equal to itself only.
#[derive(Clone, Debug)]
pub struct Baseline {
    /// Name of the file, for people.
    pub name: String,
    pub heap: Arc<Heap>,
}

impl PartialEq for Baseline {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.heap, &other.heap)
    }
}

impl Eq for Baseline {}

impl About {
    pub const fn tab(&self) -> Tab {
        match self {
            Self::Suspects => Tab::Suspects,
            Self::Cycles => Tab::Cycles,
            Self::Savings => Tab::Savings,
            Self::Threads => Tab::Threads,
            Self::Diff(_) => Tab::Diff,
        }
    }
}

/// A table, and what is said above it.
#[derive(Debug, Default)]
pub struct Findings {
    /// One line: totals, and what was left out.
    pub title: String,
    /// Shown instead of an empty table.
    pub nothing: &'static str,
    pub columns: Vec<Column>,
    pub rows: Vec<Finding>,
    /// The column that the rows come sorted by, largest first; `None` if their order is the point.
    pub sorted_by: Option<usize>,
}

/// One column.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    pub title: &'static str,
    pub width: Width,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Width {
    /// A number at the right end of so many cells; left out where the terminal is narrower than the other number.
    Number(usize, usize),
    /// A word in so many cells.
    Word(usize),
    /// This part of what is left, of all such parts.
    Rest(usize),
    /// As `Rest`, cut in the middle.
    Path(usize),
}

/// One row.
#[derive(Debug, Default)]
pub struct Finding {
    pub cells: Vec<Cell>,
    /// Told below the table when the row is chosen.
    pub details: Vec<(&'static str, String)>,
    /// Where Enter leads.
    pub target: Option<Target>,
    /// What keys about an object are about.
    pub object: Option<ObjectIx>,
}

#[derive(Debug)]
pub struct Cell {
    pub text: String,
    /// What the text says, where it is a number: bytes or objects.
    pub number: Option<i64>,
}

impl Cell {
    pub fn text(text: impl Into<String>) -> Self {
        Self { text: text.into(), number: None }
    }

    /// A number, in the words of `render`.
    pub fn number(number: u64, words: fn(u64) -> String) -> Self {
        Self { text: words(number), number: Some(i64::try_from(number).unwrap_or(i64::MAX)) }
    }

    pub fn delta(number: i64, words: fn(i64) -> String) -> Self {
        Self { text: words(number), number: Some(number) }
    }

    fn compare(&self, other: &Self) -> Ordering {
        self.number.cmp(&other.number).then_with(|| self.text.cmp(&other.text))
    }
}

impl Findings {
    /// The order of two rows by one column, ascending.
    pub fn compare(&self, column: usize, left: usize, right: usize) -> Ordering {
        let cell = |row: usize| self.rows.get(row).and_then(|row| row.cells.get(column));
        match (cell(left), cell(right)) {
            (Some(left), Some(right)) => left.compare(right),
            (left, right) => left.is_some().cmp(&right.is_some()),
        }
    }

    /// Cells of each column in rows of `whole` cells, the gap in front included; 0 where there is no room.
    pub fn widths(&self, whole: usize) -> Vec<usize> {
        let fixed = |width: Width| match width {
            Width::Number(cells, least) if whole >= least => cells,
            Width::Word(cells) => cells + 2,
            Width::Number(..) | Width::Rest(_) | Width::Path(_) => 0,
        };
        let parts = |width: Width| match width {
            Width::Rest(parts) | Width::Path(parts) => parts,
            Width::Number(..) | Width::Word(_) => 0,
        };
        let widths = || self.columns.iter().map(|column| column.width);
        let free = whole.saturating_sub(widths().map(fixed).sum());
        let all_parts = widths().map(parts).sum::<usize>().max(1);
        let cells = |width: Width| match parts(width) {
            0 => fixed(width),
            parts => (free * parts / all_parts).max(3),
        };
        widths().map(cells).collect()
    }

    /// The column after this one that is shown in rows of `whole` cells.
    pub fn next_column(&self, column: usize, whole: usize) -> usize {
        let widths = self.widths(whole);
        let n_columns = widths.len().max(1);
        let mut others = (1..=n_columns).map(|step| (column + step) % n_columns);
        others.find(|column| widths.get(*column).is_some_and(|width| *width > 0)).unwrap_or(0)
    }

    pub fn is_number(&self, column: usize) -> bool {
        self.columns.get(column).is_some_and(|column| matches!(column.width, Width::Number(..)))
    }
}
