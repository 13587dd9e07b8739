//! Answers as JSON. Sizes are bytes; objects are named by `id`.

use std::fmt::Write as _;

use heapview_analysis::diff::{Diff, DiffRow};
use heapview_analysis::object::{self, ObjectReport, References};
use heapview_analysis::paths::{self, RootPath, RootPaths};
use heapview_analysis::sites::{SiteHistogram, SourceLine};
use heapview_analysis::summary::{Breakdown, Summary};
use heapview_analysis::{Heap, Reference, is_unseen};
use heapview_snapshot::{Ledger, ObjectIx};
use serde_json::{Map, Value, json};

use crate::label::{reference_label, root_kind_label, root_label};

/// JSON as text in several lines. What a terminal would act upon, or not show, is escaped, so that the text can be
/// looked at; who reads it as JSON gets the very names.
pub fn text(value: &Value) -> String {
    shown(format!("{value:#}"))
}

/// As [`text`], in one line.
pub fn line(value: &Value) -> String {
    shown(value.to_string())
}

/// Beyond ASCII there are texts only, and what is left to escape in them.
fn shown(json: String) -> String {
    let is_left = |character: char| character >= '\u{7f}' && is_unseen(character);
    if !json.chars().any(is_left) {
        return json;
    }
    let mut escaped = String::with_capacity(json.len() + 16);
    for character in json.chars() {
        if is_left(character) {
            for unit in character.encode_utf16(&mut [0; 2]) {
                let _ = write!(escaped, "\\u{unit:04x}");
            }
        } else {
            escaped.push(character);
        }
    }
    escaped
}

/// The facts of one object.
pub fn object_json(heap: &Heap, object: ObjectIx) -> Value {
    report_json(&object::report(heap, object))
}

pub fn report_json(report: &ObjectReport) -> Value {
    json!({
        "id": report.ix.to_string(),
        "address": report.address.to_string(),
        "type": report.type_name,
        "shallow_size": report.shallow_size,
        "retained_size": report.retained_size,
        "external_size": report.external_size,
        "refcount": report.refcount,
        "preview": report.preview.as_ref().map(|(text, _)| text),
        "preview_truncated": report.preview.as_ref().is_some_and(|(_, truncated)| *truncated),
        "is_reachable": report.is_reachable,
        "is_tracked": report.generation.is_some(),
        "generation": report.generation,
        "is_immortal": report.is_immortal,
        "dominator": report.dominator.map(|dominator| dominator.to_string()),
        "source": report.source.as_ref().map(|place| {
            json!({
                "function": place.function,
                "file": place.file,
                "first_line": place.first_line,
                "line": (place.line > 0).then_some(place.line),
            })
        }),
        "allocated_at": report.allocated_at.iter().map(source_line_json).collect::<Vec<Value>>(),
        "n_referents": report.n_referents,
        "n_referrers": report.n_referrers,
    })
}

fn source_line_json(at: &SourceLine) -> Value {
    json!({ "file": at.file, "line": at.line })
}

/// An object with its best path, as lists of objects show it.
pub fn listed_object_json(heap: &Heap, object: ObjectIx) -> Value {
    let mut value = object_json(heap, object);
    value["path"] = paths::path_to_root(heap, object).map_or(Value::Null, |path| path_json(heap, &path));
    value
}

pub fn references_json(heap: &Heap, references: &References, other: fn(&Reference) -> ObjectIx) -> Value {
    let rows: Vec<Value> = references
        .rows
        .iter()
        .map(|reference| {
            json!({
                "label": reference_label(heap, reference),
                "is_strong": reference.kind.is_strong(),
                "object": object_json(heap, other(reference)),
            })
        })
        .collect();
    json!({ "total": references.total, "truncated": rows.len() < references.total, "rows": rows })
}

pub fn path_json(heap: &Heap, path: &RootPath) -> Value {
    let steps: Vec<Value> = path
        .steps
        .iter()
        .map(|step| json!({ "label": reference_label(heap, step), "to": step.to.to_string() }))
        .collect();
    let aliases: Vec<Value> = path
        .aliases
        .iter()
        .map(|alias| json!({ "text": alias.to_string(), "is_expression": alias.is_expression() }))
        .collect();
    json!({
        "text": path.path.to_string(),
        "is_expression": path.path.is_expression(),
        "aliases": aliases,
        "root_kind": root_kind_label(path.root.kind),
        "root": root_label(&path.root),
        "root_object": path.root.object.to_string(),
        "steps": steps,
    })
}

pub fn paths_json(heap: &Heap, paths: &RootPaths) -> Value {
    let rows: Vec<Value> = paths.paths.iter().map(|path| path_json(heap, path)).collect();
    json!({ "truncated": paths.truncated, "paths": rows })
}

/// Objects that were not traced have null for file and line.
pub fn site_histogram_json(histogram: &SiteHistogram, limit: usize) -> Value {
    let rows: Vec<Value> = histogram
        .rows
        .iter()
        .take(limit)
        .map(|row| {
            json!({
                "file": row.line.as_ref().map(|at| &at.file),
                "line": row.line.as_ref().map(|at| at.line),
                "n_objects": row.n_objects,
                "shallow_size": row.shallow_size,
            })
        })
        .collect();
    json!({
        "n_objects": histogram.n_objects,
        "shallow_size": histogram.shallow_size,
        "n_sites": histogram.rows.len(),
        "truncated": rows.len() < histogram.rows.len(),
        "rows": rows,
    })
}

pub fn summary_json(heap: &Heap, summary: &Summary) -> Value {
    let roots: Vec<Value> = summary
        .roots
        .iter()
        .map(|roots| json!({ "kind": root_kind_label(roots.kind), "n_roots": roots.n_roots }))
        .collect();
    let ledger = summary.ledger.as_ref().map(|ledger| ledger_json(ledger, summary.breakdown));
    let biggest: Vec<Value> =
        summary.biggest.iter().map(|object| listed_object_json(heap, *object)).collect();
    let mut answer = meta_json(heap);
    let of_the_heap = json!({
        "n_types": summary.n_types,
        "total_size": summary.total_size,
        "n_unreachable": summary.n_unreachable,
        "unreachable_size": summary.unreachable_size,
        "ledger": ledger,
        "roots": roots,
        "biggest": biggest,
    });
    if let (Some(answer), Value::Object(of_the_heap)) = (answer.as_object_mut(), of_the_heap) {
        answer.extend(of_the_heap);
    }
    answer
}

/// Who was dumped, when and how, and how much there is. O(1).
pub fn meta_json(heap: &Heap) -> Value {
    let snapshot = heap.snapshot();
    let meta = snapshot.meta();
    json!({
        "python_version": meta.python_version,
        "platform": meta.platform,
        "executable": meta.executable,
        "pid": meta.pid,
        "created_unix_ms": meta.created_unix_ms,
        "pause_us": meta.pause_us,
        "heapview_version": meta.heapview_version,
        "previews": meta.previews,
        "is_redacted": meta.is_redacted,
        "warnings": meta.warnings,
        "file_size": snapshot.file_size(),
        "n_objects": heap.n_objects(),
        "n_references": snapshot.n_edges(),
    })
}

/// What could not be had is null.
fn ledger_json(ledger: &Ledger, breakdown: Breakdown) -> Value {
    let resident = &ledger.resident;
    let malloc = ledger
        .malloc
        .map(|malloc| json!({ "in_use": malloc.in_use, "free": malloc.free, "mmapped": malloc.mmapped }));
    let pymalloc = ledger.pymalloc.map(
        |pymalloc| json!({ "arenas": pymalloc.arenas, "in_use": pymalloc.in_use, "free": pymalloc.free }),
    );
    let gc = ledger.collector.as_ref().map(|collector| {
        let generations: Vec<Value> = collector
            .generations
            .iter()
            .map(|generation| {
                json!({
                    "collections": generation.collections,
                    "collected": generation.collected,
                    "uncollectable": generation.uncollectable,
                })
            })
            .collect();
        json!({
            "is_enabled": collector.is_enabled,
            "counts": collector.counts,
            "thresholds": collector.thresholds,
            "generations": generations,
        })
    });
    let packages: Map<String, Value> = ledger
        .packages
        .iter()
        .map(|package| (package.name.clone(), Value::from(package.version.as_str())))
        .collect();
    let distributions: Map<String, Value> = ledger
        .distributions
        .iter()
        .map(|package| (package.name.clone(), Value::from(package.version.as_str())))
        .collect();
    json!({
        "python": ledger.python,
        "system": ledger.system,
        "argv": ledger.argv,
        "n_threads": ledger.n_threads,
        "rss": resident.rss,
        "pss": resident.pss,
        "private_dirty": resident.private_dirty,
        "anonymous": resident.anonymous,
        "swap": resident.swap,
        "objects_size": breakdown.objects_size,
        "buffers_size": breakdown.buffers_size,
        "native_size": breakdown.native_size,
        "unexplained_size": breakdown.unexplained_size,
        "malloc": malloc,
        "pymalloc": pymalloc,
        "gc": gc,
        "packages": packages,
        "distributions": distributions,
    })
}

pub fn diff_json(diff: &Diff, limit: usize) -> Value {
    let row = |row: &DiffRow| {
        json!({
            "type": row.type_name,
            "baseline_objects": row.baseline_objects,
            "current_objects": row.current_objects,
            "objects_delta": row.objects_delta(),
            "baseline_size": row.baseline_size,
            "current_size": row.current_size,
            "size_delta": row.size_delta(),
        })
    };
    let rows: Vec<Value> = diff.rows.iter().take(limit).map(row).collect();
    json!({
        "total": row(&diff.total),
        "n_types": diff.rows.len(),
        "truncated": rows.len() < diff.rows.len(),
        "rows": rows,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_holds_the_very_names_and_shows_none_that_acts() {
        let value = json!({ "a\n\u{9b}": ["\x1b[2J\u{7f}", "\u{202e}größe\u{e0041}", 1.5] });
        assert_eq!(line(&value), r#"{"a\n\u009b":["\u001b[2J\u007f","\u202egröße\udb40\udc41",1.5]}"#);
        for written in [text(&value), line(&value)] {
            assert_eq!(serde_json::from_str::<Value>(&written).unwrap(), value);
        }
        assert_eq!(text(&value).lines().count(), 7);
    }
}
