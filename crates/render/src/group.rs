//! Histograms of groups in words.

use heapview_analysis::histogram::GroupHistogram;
use serde_json::{Value, json};

use crate::number::{count, percent, size};
use crate::table::{Column, Table};

/// Objects and bytes by group; `title` says what the groups are.
pub fn group_table(histogram: &GroupHistogram, title: &'static str, limit: usize) -> Table {
    let mut table = Table::new([
        Column::right("objects"),
        Column::right("shallow"),
        Column::right("share"),
        Column::right("retained ≥"),
        Column::left(title),
    ]);
    for row in histogram.rows.iter().take(limit) {
        table.rows.push(vec![
            count(row.n_objects),
            size(row.shallow_size),
            percent(row.shallow_size, histogram.shallow_size),
            size(row.retained_size),
            row.name.clone(),
        ]);
    }
    table
}

pub fn group_histogram_json(histogram: &GroupHistogram, limit: usize) -> Value {
    let rows: Vec<Value> = histogram
        .rows
        .iter()
        .take(limit)
        .map(|row| {
            json!({
                "name": row.name,
                "n_objects": row.n_objects,
                "shallow_size": row.shallow_size,
                "retained_size_at_least": row.retained_size,
            })
        })
        .collect();
    json!({
        "n_objects": histogram.n_objects,
        "shallow_size": histogram.shallow_size,
        "n_groups": histogram.rows.len(),
        "truncated": rows.len() < histogram.rows.len(),
        "rows": rows,
    })
}
