//! `heapview query`: the objects for which a query holds.

use std::cmp::Reverse;

use heapview_analysis::Heap;
use heapview_render::{matches_json, set_label};
use heapview_snapshot::ObjectIx;

use super::{matching, object_table, parsed};
use crate::args::{self, Sort};
use crate::output::Output;
use crate::session::Session;

pub(crate) fn run(args: &args::Query, session: &mut Session, output: &mut Output) -> anyhow::Result<u8> {
    let query = match parsed(Some(&args.text)) {
        Ok(query) => query,
        Err(code) => return Ok(code),
    };
    let heap = session.open(&args.source.snapshot)?;
    let Some(mut matches) = matching(&heap, query.as_ref()) else { return Ok(crate::NOTHING) };
    let objects = &mut matches.selection.objects;
    sort(&heap, objects, args.sort);
    let total = objects.len();
    let shown = objects[..args.limit.min(total)].to_vec();
    let sizes = (heap.shallow_size_of_set(objects), heap.retained_size_of_set(objects));
    if args.json {
        output.json(&matches_json(&heap, &matches, &shown, sizes))?;
    } else {
        output.title(&set_label(total, sizes.0, sizes.1))?;
        if !shown.is_empty() {
            output.table(&object_table(&heap, &shown, heap.total_size()))?;
        }
        output.more(total - shown.len())?;
    }
    Ok(if total == 0 { crate::NOTHING } else { 0 })
}

fn sort(heap: &Heap, objects: &mut [ObjectIx], by: Sort) {
    match by {
        // Matches come so.
        Sort::Retained => {}
        Sort::Shallow => objects.sort_by_key(|object| Reverse(heap.shallow_size(*object))),
        Sort::Address => objects.sort_by_key(|object| heap.snapshot().address(*object)),
    }
}
