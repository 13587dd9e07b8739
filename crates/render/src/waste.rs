//! Duplicates and waste in words.

use heapview_analysis::duplicates::{DuplicateRow, Duplicates};
use heapview_analysis::quoted;
use heapview_analysis::waste::{Waste, WasteKind};
use serde_json::{Value, json};

use crate::garbage::UNREACHABLE;
use crate::number::{count, size};
use crate::table::{Column, Table};

/// Characters of a text in a table.
const MAX_TEXT_LEN: usize = 48;

/// Equal texts; those of which only the beginning is known are marked `~`.
pub fn duplicate_table(duplicates: &Duplicates) -> Table {
    let mut table = Table::new([
        Column::right("saves"),
        Column::right("objects"),
        Column::path("type"),
        Column::left("text"),
        Column::path("most of them at"),
    ]);
    for row in &duplicates.rows {
        let about = if row.is_certain { "" } else { "~ " };
        let place = row.place.as_ref().map_or_else(
            || UNREACHABLE.to_owned(),
            |(pattern, n_objects)| format!("{pattern} ({})", count(*n_objects)),
        );
        table.rows.push(vec![
            format!("{about}{}", size(row.saved_size)),
            count(row.n_objects),
            row.type_name.clone(),
            duplicate_label(row),
            place,
        ]);
    }
    table
}

/// The text in one bounded line.
pub fn duplicate_label(row: &DuplicateRow) -> String {
    let is_cut = !row.is_certain || row.text.chars().count() > MAX_TEXT_LEN;
    let text: String = row.text.chars().take(MAX_TEXT_LEN).collect();
    let ellipsis = if is_cut { "…" } else { "" };
    if row.type_name == "bytes" {
        return format!("b'{text}{ellipsis}'");
    }
    let literal = quoted(&text);
    format!("{}{ellipsis}'", &literal[..literal.len() - 1])
}

/// Totals, and what `~` means if it occurs.
pub fn duplicate_lines(duplicates: &Duplicates) -> Vec<String> {
    let mut lines = vec![format!(
        "{} texts are there more than once; one of each would save {} in {} objects",
        count(duplicates.n_texts as u64),
        size(duplicates.saved_size + duplicates.uncertain_size),
        count(duplicates.n_surplus)
    )];
    if duplicates.uncertain_size > 0 {
        lines.push(format!(
            "~ {} of that: the snapshot holds only the beginning of these texts; it and the size are the same",
            size(duplicates.uncertain_size)
        ));
    }
    if duplicates.n_unknown > 0 {
        lines.push(format!(
            "{} texts could not be compared: the snapshot holds no previews of them",
            count(duplicates.n_unknown)
        ));
    }
    lines
}

pub fn duplicates_json(duplicates: &Duplicates) -> Value {
    let rows: Vec<Value> = duplicates
        .rows
        .iter()
        .map(|row| {
            json!({
                "type": row.type_name,
                "text": row.text,
                "is_certain": row.is_certain,
                "n_objects": row.n_objects,
                "saved_size": row.saved_size,
                "largest": row.largest.to_string(),
                "pattern": row.place.as_ref().map(|(pattern, _)| pattern.to_string()),
                "n_at_pattern": row.place.as_ref().map(|(_, n_objects)| n_objects),
            })
        })
        .collect();
    json!({
        "n_texts": duplicates.n_texts,
        "n_surplus": duplicates.n_surplus,
        "saved_size": duplicates.saved_size,
        "uncertain_size": duplicates.uncertain_size,
        "n_unknown": duplicates.n_unknown,
        "truncated": duplicates.truncated,
        "rows": rows,
    })
}

/// A kind of waste in a few words, and what to do about it.
pub fn waste_label(kind: WasteKind) -> (&'static str, &'static str) {
    let (_, what, advice) = waste_words(kind);
    (what, advice)
}

/// A kind of waste, and what to do about it.
fn waste_words(kind: WasteKind) -> (&'static str, &'static str, &'static str) {
    match kind {
        WasteKind::EmptyDict => ("empty_dict", "empty dicts", "make them when first needed, or use None"),
        WasteKind::EmptyList => ("empty_list", "empty lists", "make them when first needed, or use ()"),
        WasteKind::EmptySet => ("empty_set", "empty sets", "make them when first needed, or use frozenset()"),
        WasteKind::SingleDict => ("single_dict", "dicts of one entry", "use a tuple, or attributes"),
        WasteKind::SingleSet => ("single_set", "sets of one member", "use a tuple"),
        WasteKind::SpareList => {
            ("spare_list", "lists with unused slots", "copy them when they are done: items[:]")
        }
        WasteKind::SparseDict => {
            ("sparse_dict", "dicts mostly empty after deletes", "copy them: dict(d.items())")
        }
        WasteKind::ListLikeDict => ("list_like_dict", "dicts with keys 0, 1, 2, …", "use a list"),
        WasteKind::InstanceDict => {
            ("instance_dict", "instances with a dict each", "give the class __slots__")
        }
    }
}

/// What could be saved by kind, and how.
pub fn waste_total_table(waste: &Waste) -> Table {
    let columns =
        [Column::right("saves"), Column::right("objects"), Column::left("what"), Column::left("what to do")];
    let mut table = Table::new(columns);
    for total in &waste.totals {
        let (_, what, advice) = waste_words(total.kind);
        table.rows.push(vec![
            size(total.saved_size),
            count(total.n_objects),
            what.to_owned(),
            advice.to_owned(),
        ]);
    }
    table
}

/// What could be saved by kind and place.
pub fn waste_table(waste: &Waste) -> Table {
    let mut table = Table::new([
        Column::right("saves"),
        Column::right("objects"),
        Column::right("shallow"),
        Column::left("what"),
        Column::path("where"),
    ]);
    for row in &waste.rows {
        table.rows.push(vec![
            size(row.saved_size),
            count(row.n_objects),
            size(row.shallow_size),
            waste_words(row.kind).1.to_owned(),
            row.place.clone(),
        ]);
    }
    table
}

pub fn waste_json(waste: &Waste) -> Value {
    let totals: Vec<Value> = waste
        .totals
        .iter()
        .map(|total| {
            json!({
                "kind": waste_words(total.kind).0,
                "n_objects": total.n_objects,
                "saved_size": total.saved_size,
            })
        })
        .collect();
    let rows: Vec<Value> = waste
        .rows
        .iter()
        .map(|row| {
            json!({
                "kind": waste_words(row.kind).0,
                "place": row.place,
                "n_objects": row.n_objects,
                "shallow_size": row.shallow_size,
                "saved_size": row.saved_size,
                "worst": row.worst.to_string(),
            })
        })
        .collect();
    json!({ "totals": totals, "n_rows": waste.n_rows, "truncated": waste.truncated, "rows": rows })
}
