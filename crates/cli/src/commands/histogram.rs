//! `heapview histogram`: objects and bytes by type, or by the line that allocated them.

use std::io::Write as _;

use heapview_analysis::histogram::histogram;
use heapview_analysis::{Heap, sites};
use heapview_render::{Column, Table, count, json, percent, site_table, size};

use crate::args::{self, Group};
use crate::open::open;
use crate::output::Output;

pub fn run(args: &args::Histogram, output: &mut Output) -> anyhow::Result<u8> {
    let heap = open(&args.source.snapshot)?;
    if args.by == Group::Site {
        return by_site(&heap, args, output);
    }
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

fn by_site(heap: &Heap, args: &args::Histogram, output: &mut Output) -> anyhow::Result<u8> {
    let histogram = sites::histogram(heap);
    if args.json {
        output.json(&json::site_histogram_json(&histogram, args.limit))?;
    } else {
        output.table(&site_table(&histogram, args.limit))?;
        output.more(histogram.rows.len().saturating_sub(args.limit))?;
    }
    if heap.snapshot().n_sites() > 0 {
        return Ok(0);
    }
    let _ = writeln!(
        std::io::stderr().lock(),
        "heapview: no allocation was traced; start the program with `python -X tracemalloc=5`"
    );
    Ok(crate::NOTHING)
}
