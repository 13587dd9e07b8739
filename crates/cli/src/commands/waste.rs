//! `heapview waste`: containers that take more than they need.

use heapview_analysis::waste::waste;
use heapview_render::{waste_json, waste_table, waste_total_table};

use crate::args;
use crate::output::Output;
use crate::session::Session;

pub(crate) fn run(args: &args::Savings, session: &mut Session, output: &mut Output) -> anyhow::Result<u8> {
    let heap = session.open(&args.source.snapshot)?;
    let answer = waste(&heap, args.limit);
    if args.json {
        output.json(&waste_json(&answer))?;
    } else {
        output.table(&waste_total_table(&answer))?;
        output.line("")?;
        output.title("Where")?;
        output.table(&waste_table(&answer))?;
        output.more(answer.n_rows - answer.rows.len())?;
    }
    Ok(if answer.n_rows == 0 { crate::NOTHING } else { 0 })
}
