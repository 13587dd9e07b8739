//! `heapview diff`: two snapshots by type.

use heapview_analysis::diff::{DiffRow, diff};
use heapview_render::{Column, Table, count, count_delta, json, size, size_delta};

use crate::args;
use crate::output::Output;
use crate::session::Session;

pub(crate) fn run(args: &args::Diff, session: &mut Session, output: &mut Output) -> anyhow::Result<u8> {
    let (baseline, current) = (session.open(&args.baseline)?, session.open(&args.current)?);
    let diff = diff(&baseline, &current);
    if args.json {
        output.json(&json::diff_json(&diff, args.limit))?;
    } else {
        let mut table = Table::new([
            Column::right("size"),
            Column::right("objects"),
            Column::right("size now"),
            Column::right("objects now"),
            Column::path("type"),
        ]);
        table.rows.extend(diff.rows.iter().take(args.limit).chain([&diff.total]).map(row));
        output.table(&table)?;
        output.more(diff.rows.len().saturating_sub(args.limit))?;
    }
    Ok(if diff.rows.is_empty() { crate::NOTHING } else { 0 })
}

fn row(row: &DiffRow) -> Vec<String> {
    vec![
        size_delta(row.size_delta()),
        count_delta(row.objects_delta()),
        size(row.current_size),
        count(row.current_objects),
        row.type_name.clone(),
    ]
}
