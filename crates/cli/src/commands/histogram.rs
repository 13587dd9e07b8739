//! `heapview histogram`: objects and bytes by type.

use heapview_analysis::histogram::histogram;
use heapview_render::{Column, Table, count, json, percent, size};

use crate::args;
use crate::open::open;
use crate::output::Output;

pub fn run(args: &args::Histogram, output: &mut Output) -> anyhow::Result<u8> {
    let heap = open(&args.source.snapshot)?;
    let histogram = histogram(&heap, None);
    if args.json {
        output.json(&json::histogram_json(&histogram, args.limit))?;
        return Ok(0);
    }
    let mut table = Table::new([
        Column::right("objects"),
        Column::right("shallow"),
        Column::right("share"),
        Column::right("retained ≥"),
        Column::left("type"),
    ]);
    for row in histogram.rows.iter().take(args.limit) {
        table.rows.push(vec![
            count(row.n_objects),
            size(row.shallow_size),
            percent(row.shallow_size, histogram.shallow_size),
            size(row.retained_size),
            row.type_name.clone(),
        ]);
    }
    output.table(&table)?;
    output.more(histogram.rows.len().saturating_sub(args.limit))?;
    Ok(0)
}
