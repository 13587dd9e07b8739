//! `heapview tree`: the dominator tree below an object, largest first.

use heapview_analysis::{Heap, Page, dominators::children};
use heapview_render::{count, json, object_label, percent, size};
use heapview_snapshot::ObjectIx;
use serde_json::{Value, json};

use super::{Selected, explain, selected};
use crate::args;
use crate::output::Output;
use crate::session::Session;

/// Levels that `--depth` may ask for: each is one level of recursion.
const MAX_DEPTH: usize = 200;

pub(crate) fn run(args: &args::Tree, session: &mut Session, output: &mut Output) -> anyhow::Result<u8> {
    let heap = session.open(&args.source.snapshot)?;
    let object = match args.selector.as_deref().map(|selector| (selector, selected(&heap, selector))) {
        None => None,
        Some((_, Selected::Objects(objects))) => Some(objects[0]),
        Some((selector, Selected::Nothing(error))) => return Ok(explain(selector, &error)),
    };
    let depth = args.depth.min(MAX_DEPTH);
    if args.json {
        output.json(&tree_json(&heap, object, depth, args.limit))?;
        return Ok(0);
    }
    match object {
        Some(object) => output.title(&row(&heap, object))?,
        None => output.title(&format!("{:>10}          everything", size(heap.total_size())))?,
    }
    let is_cut = print(&heap, object, depth, args.limit, "", output)?;
    output.say_if_cut(is_cut)?;
    Ok(0)
}

/// Prints what is below an object; true if a row was cut.
fn print(
    heap: &Heap,
    object: Option<ObjectIx>,
    depth: usize,
    limit: usize,
    indent: &str,
    output: &mut Output,
) -> anyhow::Result<bool> {
    let below = children(heap, object, Page { start: 0, len: limit });
    let mut is_cut = false;
    if depth == 0 {
        if below.total > 0 {
            let more = format!("{:>21}{indent}... {} below (--depth)", "", count(below.total as u64));
            is_cut |= output.row(&more)?;
        }
        return Ok(is_cut);
    }
    let n_left_out = below.total - below.rows.len();
    for (place, child) in below.rows.iter().enumerate() {
        let is_last = place + 1 == below.rows.len() && n_left_out == 0;
        let (branch, continued) = if is_last { ("└─ ", "   ") } else { ("├─ ", "│  ") };
        let text = row(heap, *child);
        let (sizes, label) = text.split_at(text.char_indices().nth(21).map_or(text.len(), |(at, _)| at));
        is_cut |= output.row(&format!("{sizes}{indent}{branch}{label}"))?;
        is_cut |= print(heap, Some(*child), depth - 1, limit, &format!("{indent}{continued}"), output)?;
    }
    if n_left_out > 0 {
        let more = format!("{:>21}{indent}└─ ... {} more (--limit)", "", count(n_left_out as u64));
        is_cut |= output.row(&more)?;
    }
    Ok(is_cut)
}

/// Size and share in 21 columns, then the object.
fn row(heap: &Heap, object: ObjectIx) -> String {
    let retained = heap.retained_size(object);
    format!(
        "{:>10} {:>8}  {}",
        size(retained),
        percent(retained, heap.total_size()),
        object_label(heap, object)
    )
}

fn tree_json(heap: &Heap, object: Option<ObjectIx>, depth: usize, limit: usize) -> Value {
    let below = children(heap, object, Page { start: 0, len: limit });
    let rows: Vec<Value> = if depth == 0 {
        Vec::new()
    } else {
        below.rows.iter().map(|child| tree_json(heap, Some(*child), depth - 1, limit)).collect()
    };
    json!({
        "object": object.map(|object| json::object_json(heap, object)),
        "n_dominated": below.total,
        "truncated": rows.len() < below.total,
        "dominated": rows,
    })
}
