//! `heapview top`: the largest objects.

use heapview_analysis::top::{By, top, top_of};
use heapview_render::json;
use serde_json::{Value, json};

use super::{matching, object_table, parsed};
use crate::args::{self, Size};
use crate::output::Output;
use crate::session::Session;

pub(crate) fn run(args: &args::Top, session: &mut Session, output: &mut Output) -> anyhow::Result<u8> {
    let query = match parsed(args.query.as_deref()) {
        Ok(query) => query,
        Err(code) => return Ok(code),
    };
    let heap = session.open(&args.source.snapshot)?;
    let by = match args.by {
        Size::Retained => By::Retained,
        Size::Shallow => By::Shallow,
    };
    let (objects, total) = match matching(&heap, query.as_ref()) {
        Some(matches) => (top_of(&heap, &matches.selection, by, args.limit), matches.selection.objects.len()),
        None => (top(&heap, by, args.limit), heap.n_objects()),
    };
    let n_left_out = total - objects.len();
    let code = if total == 0 { crate::NOTHING } else { 0 };
    if args.json {
        let rows: Vec<Value> =
            objects.iter().map(|object| json::listed_object_json(&heap, *object)).collect();
        output.json(&json!({ "total": total, "truncated": n_left_out > 0, "rows": rows }))?;
        return Ok(code);
    }
    output.table(&object_table(&heap, &objects, heap.total_size()))?;
    output.more(n_left_out)?;
    Ok(code)
}
