//! `heapview patterns`: objects grouped by the pattern of their paths.

use heapview_analysis::patterns::patterns;
use heapview_analysis::selection::Selection;
use heapview_render::{pattern_table, patterns_json};

use super::{matching, parsed};
use crate::args;
use crate::output::Output;
use crate::session::Session;

pub(crate) fn run(args: &args::Patterns, session: &mut Session, output: &mut Output) -> anyhow::Result<u8> {
    let query = match parsed(args.query.as_deref()) {
        Ok(query) => query,
        Err(code) => return Ok(code),
    };
    let heap = session.open(&args.source.snapshot)?;
    let selection = match matching(&heap, query.as_ref()) {
        Some(matches) => matches.selection,
        None => Selection { objects: heap.objects().collect() },
    };
    let answer = patterns(&heap, &selection, args.limit);
    if args.json {
        output.json(&patterns_json(&answer))?;
    } else {
        output.table(&pattern_table(&answer, heap.total_size()))?;
        output.more(answer.n_patterns - answer.rows.len())?;
    }
    Ok(if answer.n_objects == 0 { crate::NOTHING } else { 0 })
}
