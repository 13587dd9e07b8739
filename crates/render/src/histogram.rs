//! Histograms in words: objects and bytes by type, or by group. The home of their columns.

use heapview_analysis::histogram::{GroupBy, Histogram, HistogramRow};
use serde_json::{Map, Value, json};

use crate::number::{count, percent, size};
use crate::table::{Column, Table};

/// A column of a histogram, for the command line, the browser, files and JSON.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum HistogramColumn {
    /// Bytes that go at least when all of a row go: what several of it hold together comes on top.
    Retained,
    Shallow,
    Objects,
    Name,
}

impl HistogramColumn {
    /// In the order in which people sort by them.
    pub const ALL: [Self; 4] = [Self::Retained, Self::Shallow, Self::Objects, Self::Name];

    /// The title on a screen. A lower bound says so.
    pub const fn title(self, by: GroupBy) -> &'static str {
        match (self, by) {
            (Self::Retained, _) => "retained ≥",
            (Self::Shallow, _) => "shallow",
            (Self::Objects, _) => "objects",
            (Self::Name, GroupBy::Type) => "type",
            (Self::Name, GroupBy::Module) => "module",
            (Self::Name, GroupBy::Referrer) => "held as",
        }
    }

    /// The key in JSON and in Python. Sizes are bytes.
    pub const fn key(self, by: GroupBy) -> &'static str {
        match (self, by) {
            (Self::Retained, _) => "retained_size_at_least",
            (Self::Shallow, _) => "shallow_size",
            (Self::Objects, _) => "n_objects",
            (Self::Name, GroupBy::Type) => "type",
            (Self::Name, _) => "name",
        }
    }

    /// Numbers are of interest from the top, names from A.
    pub const fn is_number(self) -> bool {
        !matches!(self, Self::Name)
    }

    /// What the row has in the column.
    pub fn value(self, row: &HistogramRow) -> Value {
        match self {
            Self::Retained => row.retained_size.into(),
            Self::Shallow => row.shallow_size.into(),
            Self::Objects => row.n_objects.into(),
            Self::Name => row.name.as_str().into(),
        }
    }

    /// The same as people read it.
    pub fn text(self, row: &HistogramRow) -> String {
        match self {
            Self::Retained => size(row.retained_size),
            Self::Shallow => size(row.shallow_size),
            Self::Objects => count(row.n_objects),
            Self::Name => row.name.clone(),
        }
    }
}

use HistogramColumn::{Name, Objects, Retained, Shallow};

/// Objects and bytes by row; `by` says what the rows are.
pub fn histogram_table(histogram: &Histogram, by: GroupBy, limit: usize) -> Table {
    let mut table = Table::new([
        Column::right(Objects.title(by)),
        Column::right(Shallow.title(by)),
        Column::right("share"),
        Column::right(Retained.title(by)),
        Column::path(Name.title(by)),
    ]);
    table.rows.extend(histogram.rows.iter().take(limit).map(|row| {
        let share = percent(row.shallow_size, histogram.shallow_size);
        vec![Objects.text(row), Shallow.text(row), share, Retained.text(row), Name.text(row)]
    }));
    table
}

pub fn histogram_json(histogram: &Histogram, by: GroupBy, limit: usize) -> Value {
    let row = |row: &HistogramRow| {
        let cells = HistogramColumn::ALL.map(|column| (column.key(by).to_owned(), column.value(row)));
        Value::Object(Map::from_iter(cells))
    };
    let rows: Vec<Value> = histogram.rows.iter().take(limit).map(row).collect();
    let n_rows = if by == GroupBy::Type { "n_types" } else { "n_groups" };
    json!({
        "n_objects": histogram.n_objects,
        "shallow_size": histogram.shallow_size,
        n_rows: histogram.rows.len(),
        "truncated": rows.len() < histogram.rows.len(),
        "rows": rows,
    })
}
