//! Histograms in words: objects and bytes by type, or by group.

use heapview_analysis::histogram::{GroupHistogram, GroupRow, Histogram, HistogramRow};
use serde_json::{Value, json};

use crate::number::{count, percent, size};
use crate::table::{Column, Table};

/// Title of what goes at least when a whole type or group goes: what several of it hold together comes on top.
pub const RETAINED_AT_LEAST: &str = "retained ≥";
/// The same as a key, in files and in Python.
pub const RETAINED_AT_LEAST_KEY: &str = "retained_size_at_least";

/// Objects and bytes by type.
pub fn type_table(histogram: &Histogram, limit: usize) -> Table {
    table(histogram.rows.iter().take(limit).map(of_type), histogram.shallow_size, "type")
}

/// Objects and bytes by group; `title` says what the groups are.
pub fn group_table(histogram: &GroupHistogram, title: &'static str, limit: usize) -> Table {
    table(histogram.rows.iter().take(limit).map(of_group), histogram.shallow_size, title)
}

pub fn histogram_json(histogram: &Histogram, limit: usize) -> Value {
    let rows = rows_json(histogram.rows.iter().take(limit).map(of_type), "type");
    json!({
        "n_objects": histogram.n_objects,
        "shallow_size": histogram.shallow_size,
        "n_types": histogram.rows.len(),
        "truncated": rows.len() < histogram.rows.len(),
        "rows": rows,
    })
}

pub fn group_histogram_json(histogram: &GroupHistogram, limit: usize) -> Value {
    let rows = rows_json(histogram.rows.iter().take(limit).map(of_group), "name");
    json!({
        "n_objects": histogram.n_objects,
        "shallow_size": histogram.shallow_size,
        "n_groups": histogram.rows.len(),
        "truncated": rows.len() < histogram.rows.len(),
        "rows": rows,
    })
}

/// A row of either histogram.
struct Row<'a> {
    name: &'a str,
    n_objects: u64,
    shallow_size: u64,
    retained_size: u64,
}

fn of_type(row: &HistogramRow) -> Row<'_> {
    let HistogramRow { type_name, n_objects, shallow_size, retained_size, .. } = row;
    Row { name: type_name, n_objects: *n_objects, shallow_size: *shallow_size, retained_size: *retained_size }
}

fn of_group(row: &GroupRow) -> Row<'_> {
    let GroupRow { name, n_objects, shallow_size, retained_size } = row;
    Row { name, n_objects: *n_objects, shallow_size: *shallow_size, retained_size: *retained_size }
}

fn table<'a>(rows: impl Iterator<Item = Row<'a>>, shallow_size: u64, title: &'static str) -> Table {
    let mut table = Table::new([
        Column::right("objects"),
        Column::right("shallow"),
        Column::right("share"),
        Column::right(RETAINED_AT_LEAST),
        Column::path(title),
    ]);
    table.rows.extend(rows.map(|row| {
        vec![
            count(row.n_objects),
            size(row.shallow_size),
            percent(row.shallow_size, shallow_size),
            size(row.retained_size),
            row.name.to_owned(),
        ]
    }));
    table
}

fn rows_json<'a>(rows: impl Iterator<Item = Row<'a>>, title: &str) -> Vec<Value> {
    rows.map(|row| {
        json!({
            title: row.name,
            "n_objects": row.n_objects,
            "shallow_size": row.shallow_size,
            RETAINED_AT_LEAST_KEY: row.retained_size,
        })
    })
    .collect()
}
