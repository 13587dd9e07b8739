//! Queries and their answers in words.

use heapview_analysis::query::{Matches, QueryError};
use heapview_analysis::{Heap, patterns::Patterns};
use heapview_snapshot::ObjectIx;
use serde_json::{Value, json};

use crate::garbage::UNREACHABLE;
use crate::json::listed_object_json;
use crate::number::{count, percent, size};
use crate::printable::printable;
use crate::table::{Column, Table};
use crate::text::width;

/// What is wrong with a query: the sentence, the query, and carets under the place.
pub fn query_error_lines(query: &str, error: &QueryError) -> Vec<String> {
    let mut lines = vec![printable(&error.to_string()).into_owned()];
    if let (Some(before), Some(marked)) = (query.get(..error.span.start), query.get(error.span.clone())) {
        lines.extend(marked_lines(query, before, marked));
    }
    lines
}

/// A text that somebody typed, and carets under a part of it.
pub fn marked_lines(typed: &str, before: &str, marked: &str) -> [String; 2] {
    let carets = "^".repeat(width(marked).max(1));
    [format!("  {}", printable(typed)), format!("  {}{carets}", " ".repeat(width(before)))]
}

/// `1,234 objects, 1.2 MiB shallow, 40.0 MiB retained`.
pub fn set_label(n_objects: usize, shallow_size: u64, retained_size: u64) -> String {
    let s = if n_objects == 1 { "" } else { "s" };
    format!(
        "{} object{s}, {} shallow, {} retained",
        count(n_objects as u64),
        size(shallow_size),
        size(retained_size)
    )
}

/// A query's answer; `shown` are the objects to list.
pub fn matches_json(
    heap: &Heap,
    matches: &Matches,
    shown: &[ObjectIx],
    (shallow_size, retained_size): (u64, u64),
) -> Value {
    let total = matches.selection.objects.len();
    let rows: Vec<Value> = shown.iter().map(|object| listed_object_json(heap, *object)).collect();
    json!({
        "total": total,
        "shallow_size": shallow_size,
        "retained_size": retained_size,
        "notes": matches.notes,
        "truncated": rows.len() < total,
        "rows": rows,
    })
}

/// Objects and bytes by path pattern. A retained size with `≥` is a lower bound.
pub fn pattern_table(patterns: &Patterns, total_size: u64) -> Table {
    let mut table = Table::new([
        Column::right("objects"),
        Column::right("shallow"),
        Column::right("retained"),
        Column::right("share"),
        Column::path("type"),
        Column::path("path"),
    ]);
    for row in &patterns.rows {
        let at_least = if row.retained_is_exact { "" } else { "≥ " };
        table.rows.push(vec![
            count(row.n_objects),
            size(row.shallow_size),
            format!("{at_least}{}", size(row.retained_size)),
            percent(row.retained_size, total_size),
            row.type_name.clone().unwrap_or_else(|| "(several)".to_owned()),
            row.pattern.as_ref().map_or_else(|| UNREACHABLE.to_owned(), ToString::to_string),
        ]);
    }
    table
}

pub fn patterns_json(patterns: &Patterns) -> Value {
    let rows: Vec<Value> = patterns
        .rows
        .iter()
        .map(|row| {
            json!({
                "pattern": row.pattern.as_ref().map(ToString::to_string),
                "type": row.type_name,
                "n_objects": row.n_objects,
                "shallow_size": row.shallow_size,
                "retained_size": row.retained_size,
                "retained_is_exact": row.retained_is_exact,
                "largest": row.largest.to_string(),
            })
        })
        .collect();
    json!({
        "n_objects": patterns.n_objects,
        "shallow_size": patterns.shallow_size,
        "n_patterns": patterns.n_patterns,
        "truncated": patterns.truncated,
        "rows": rows,
    })
}

#[cfg(test)]
mod tests {
    use heapview_analysis::query::Query;

    use super::*;

    #[test]
    fn carets_stand_under_the_place() {
        for (query, expected) in [
            (
                "type:dict retaind>10MB",
                "expected a field, found retaind; did you mean retained>?\n  type:dict retaind>10MB\n            ^^^^^^^",
            ),
            (
                "preview:\"日本\" retained>x",
                "expected a size such as 10MB, found x\n  preview:\"日本\" retained>x\n                          ^",
            ),
            (
                "retained>\u{1b}\u{202e}x y z",
                "expected a size such as 10MB, found \\x1b\\u202ex\n  retained>\\x1b\\u202ex y z\n           ^^^^^^^^^^^",
            ),
            ("", "expected a term such as type:dict or retained>10MB, found the end of the query\n  \n  ^"),
        ] {
            let error = query.parse::<Query>().unwrap_err();
            assert_eq!(query_error_lines(query, &error).join("\n"), expected);
        }
    }
}
