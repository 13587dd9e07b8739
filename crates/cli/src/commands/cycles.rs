//! `heapview cycles`: objects that keep each other alive.

use heapview_analysis::cycles::{CycleOptions, cycles};
use heapview_render::{count, cycle_lines, cycles_json};

use crate::args;
use crate::output::Output;
use crate::session::Session;

pub(crate) fn run(args: &args::Cycles, session: &mut Session, output: &mut Output) -> anyhow::Result<u8> {
    let heap = session.open(&args.source.snapshot)?;
    let options = CycleOptions { only_garbage: args.garbage, limit: args.limit };
    let report = cycles(&heap, options);
    if args.json {
        output.json(&cycles_json(&heap, &report))?;
    } else {
        let what = if args.garbage { "garbage" } else { "modules and types left out" };
        output.line(&format!(
            "{} objects in {} cycles of {} kinds ({what})",
            count(report.n_objects),
            count(report.n_cycles),
            count(report.n_kinds as u64)
        ))?;
        for row in &report.rows {
            let (title, parts) = cycle_lines(&heap, row);
            output.line("")?;
            output.title(&title)?;
            for (title, text) in parts {
                output.line(&format!("  {title:<8} {text}"))?;
            }
        }
        output.more(report.n_kinds - report.rows.len())?;
    }
    Ok(if report.n_cycles == 0 { crate::NOTHING } else { 0 })
}
