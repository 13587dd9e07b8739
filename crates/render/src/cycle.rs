//! Cycles in words.

use heapview_analysis::cycles::{CycleReport, CycleRow};
use heapview_analysis::{Heap, Label, Reference, is_identifier, paths};
use heapview_snapshot::{EdgeKind, ObjectIx};
use serde_json::{Value, json};

use crate::label::reference_label;
use crate::number::{count, size};

/// References of an example that are shown.
const MAX_EXAMPLE_LEN: usize = 12;

/// `1,706 objects keep each other alive`.
pub fn cycle_label(row: &CycleRow) -> String {
    match (row.n_cycles, row.n_objects) {
        (1, 1) => "1 object keeps itself alive".to_owned(),
        (1, n) => format!("{} objects keep each other alive", count(n)),
        (n_cycles, n) if n == n_cycles => format!("{} objects each keep themselves alive", count(n)),
        (n_cycles, n) => {
            format!("{} objects in {} cycles of up to {}", count(n), count(n_cycles), count(row.n_largest))
        }
    }
}

/// One kind of cycles: what it is in one line, then its parts, each with its title.
pub fn cycle_lines(heap: &Heap, row: &CycleRow) -> (String, Vec<(&'static str, String)>) {
    let at_least = if row.retained_is_exact { "" } else { "≥ " };
    let sizes = format!("{} shallow, {at_least}{} retained", size(row.shallow_size), size(row.retained_size));
    let garbage = if row.is_garbage { ", waiting for the collector" } else { "" };
    let title = format!("{}: {sizes}{garbage}", cycle_label(row));
    let mut types: Vec<String> =
        row.types.iter().map(|(name, n_objects)| format!("{} {name}", count(*n_objects))).collect();
    if row.n_types > types.len() {
        types.push(format!("{} more types", count((row.n_types - types.len()) as u64)));
    }
    let mut parts = vec![("types", types.join(", ")), ("by", row.links.join(", "))];
    if !row.finalizers.is_empty() {
        parts.push(("__del__", row.finalizers.join(", ")));
    }
    if let Some(first) = row.example.first() {
        parts.push(("example", example_text(heap, &row.example)));
        if let Some(path) = paths::path_to_root(heap, first.from) {
            parts.push(("path", path.path.to_string()));
        }
    }
    (title, parts)
}

/// `app.Node @1a .children[0] -> app.Node @2b .parent -> app.Node @1a`.
fn example_text(heap: &Heap, steps: &[Reference]) -> String {
    let name = |object: ObjectIx| format!("{} {object}", heap.type_name(object));
    let Some(first) = steps.first() else { return String::new() };
    let mut text = name(first.from) + " ";
    let mut rest = &steps[..steps.len().min(MAX_EXAMPLE_LEN)];
    while let Some(step) = rest.first() {
        let (label, n_used) = match folded_name(heap, rest) {
            Some(name) => (format!(".{name}"), 2),
            None => (reference_label(heap, step), 1),
        };
        let to = rest[n_used - 1].to;
        if !text.ends_with(' ') && !label.starts_with(['.', '[']) {
            text.push(' ');
        }
        text.push_str(&label);
        rest = &rest[n_used..];
        let is_container = ["list", "tuple", "dict", "set"].iter().any(|name| heap.is_exactly(to, name));
        if rest.is_empty() || !is_container {
            text.extend([" -> ", &name(to)]);
            if !rest.is_empty() {
                text.push(' ');
            }
        }
    }
    if steps.len() > MAX_EXAMPLE_LEN {
        let n_left_out = (steps.len() - MAX_EXAMPLE_LEN) as u64;
        text.extend([" -> … ", &count(n_left_out), " more"]);
    }
    text
}

/// The attribute that the first two steps, through a `__dict__`, are.
fn folded_name<'a>(heap: &'a Heap, steps: &[Reference]) -> Option<&'a str> {
    match steps {
        [dict, entry, ..] if dict.kind == EdgeKind::InstanceDict && entry.kind == EdgeKind::DictValue => {
            let Label::Key(key) = entry.label else { return None };
            heap.exact_text(key).filter(|name| is_identifier(name))
        }
        _ => None,
    }
}

pub fn cycles_json(heap: &Heap, report: &CycleReport) -> Value {
    let rows: Vec<Value> = report
        .rows
        .iter()
        .map(|row| {
            let types: Vec<Value> = row
                .types
                .iter()
                .map(|(name, n_objects)| json!({ "type": name, "n_objects": n_objects }))
                .collect();
            let example: Vec<Value> = row
                .example
                .iter()
                .map(|step| {
                    json!({
                        "from": step.from.to_string(),
                        "label": reference_label(heap, step),
                        "to": step.to.to_string(),
                    })
                })
                .collect();
            let path = row.example.first().and_then(|step| paths::path_to_root(heap, step.from));
            json!({
                "n_cycles": row.n_cycles,
                "n_objects": row.n_objects,
                "n_largest": row.n_largest,
                "shallow_size": row.shallow_size,
                "retained_size": row.retained_size,
                "retained_is_exact": row.retained_is_exact,
                "is_garbage": row.is_garbage,
                "n_types": row.n_types,
                "types": types,
                "finalizers": row.finalizers,
                "links": row.links,
                "example": example,
                "example_text": example_text(heap, &row.example),
                "path": path.map(|path| path.path.to_string()),
            })
        })
        .collect();
    json!({
        "n_cycles": report.n_cycles,
        "n_objects": report.n_objects,
        "n_kinds": report.n_kinds,
        "truncated": report.truncated,
        "rows": rows,
    })
}
