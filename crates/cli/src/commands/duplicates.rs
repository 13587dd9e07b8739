//! `heapview duplicates`: equal texts that are objects of their own.

use heapview_analysis::duplicates::duplicates;
use heapview_render::{duplicate_lines, duplicate_table, duplicates_json};

use crate::args;
use crate::output::Output;
use crate::session::Session;

pub(crate) fn run(args: &args::Savings, session: &mut Session, output: &mut Output) -> anyhow::Result<u8> {
    let heap = session.open(&args.source.snapshot)?;
    let answer = duplicates(&heap, args.limit);
    if args.json {
        output.json(&duplicates_json(&answer))?;
    } else {
        for line in duplicate_lines(&answer) {
            output.line(&line)?;
        }
        output.line("")?;
        output.table(&duplicate_table(&answer))?;
        output.more(answer.n_texts - answer.rows.len())?;
    }
    Ok(if answer.n_texts == 0 { crate::NOTHING } else { 0 })
}
