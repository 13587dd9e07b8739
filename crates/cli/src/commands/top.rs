//! `heapview top`: the largest objects.

use heapview_analysis::top::{By, top};
use heapview_render::json;
use serde_json::{Value, json};

use super::object_table;
use crate::args::{self, Size};
use crate::open::open;
use crate::output::Output;

pub fn run(args: &args::Top, output: &mut Output) -> anyhow::Result<u8> {
    let heap = open(&args.source.snapshot)?;
    let by = match args.by {
        Size::Retained => By::Retained,
        Size::Shallow => By::Shallow,
    };
    let objects = top(&heap, by, args.limit);
    let n_left_out = heap.n_objects() - objects.len();
    if args.json {
        let rows: Vec<Value> =
            objects.iter().map(|object| json::listed_object_json(&heap, *object)).collect();
        output.json(&json!({ "total": heap.n_objects(), "truncated": n_left_out > 0, "rows": rows }))?;
        return Ok(0);
    }
    output.table(&object_table(&heap, &objects, heap.total_size()))?;
    output.more(n_left_out)?;
    Ok(0)
}
