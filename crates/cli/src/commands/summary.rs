//! `heapview summary`: totals, roots, and where memory sits.

use heapview_analysis::summary::summary;
use heapview_render::{
    UNREACHABLE, count, duration, json, ledger_facts, memory_table, root_kind_label, shell_word, size, time,
    unreachable_total,
};

use super::object_table;
use crate::args;
use crate::output::Output;
use crate::session::Session;

pub(crate) fn run(args: &args::Summary, session: &mut Session, output: &mut Output) -> anyhow::Result<u8> {
    let heap = session.open(&args.source.snapshot)?;
    let mut summary = summary(&heap);
    let n_biggest = summary.biggest.len();
    summary.biggest.truncate(args.limit);
    if args.json {
        output.json(&json::summary_json(&heap, &summary))?;
        return Ok(0);
    }
    let meta = &summary.meta;
    output.title(&args.source.snapshot.display().to_string())?;
    let rows = [
        ("process", format!("Python {} on {}, pid {}", meta.python_version, meta.platform, meta.pid)),
        ("dumped", format!("{}, paused for {}", time(meta.created_unix_ms), duration(meta.pause_us))),
        ("file", size(summary.file_size)),
        (
            "heap",
            format!(
                "{} in {} objects of {} types",
                size(summary.total_size),
                count(summary.n_objects),
                count(summary.n_types as u64)
            ),
        ),
        ("references", count(summary.n_references)),
        (UNREACHABLE, unreachable_total(&heap, summary.n_unreachable, summary.unreachable_size)),
    ];
    for (title, text) in rows {
        output.fact(title, &text)?;
    }
    let roots: Vec<String> = summary
        .roots
        .iter()
        .map(|roots| format!("{} {}", count(roots.n_roots as u64), root_kind_label(roots.kind)))
        .collect();
    output.fact("roots", &roots.join(", "))?;
    for (title, text) in summary.ledger.iter().flat_map(ledger_facts) {
        output.fact(title, &text)?;
    }
    for warning in &meta.warnings {
        output.fact("warning", warning)?;
    }
    if let Some(ledger) = &summary.ledger {
        output.line("")?;
        output.table(&memory_table(ledger, &summary.breakdown))?;
    }
    output.line("")?;
    output.title("Where memory sits")?;
    output.table(&object_table(&heap, &summary.biggest, summary.total_size))?;
    output.more(n_biggest - summary.biggest.len())?;
    if let Some(first) = summary.biggest.first() {
        output.line("")?;
        output.line(&format!(
            "What holds the first: heapview paths {} {first}",
            shell_word(&args.source.snapshot)
        ))?;
    }
    Ok(0)
}
