//! Sets of objects in words and as HTML.

use heapview_analysis::histogram::Histogram;
use heapview_analysis::{Heap, paths};
use heapview_snapshot::ObjectIx;

use crate::garbage::UNREACHABLE;
use crate::label::value_label;
use crate::number::{count, size};
use crate::printable::printable;
use crate::text::{fit_middle, width};

/// Types told in one line, and objects listed in HTML.
const N_TYPES: usize = 3;
const N_OBJECTS: usize = 10;
/// Cells of a text in HTML: what is longer is cut in the middle.
const WIDEST: usize = 200;

/// `10,150 objects, 1.2 MiB: 10,000 app.Session, 150 dict`.
pub fn object_set_label(heap: &Heap, counted: &Histogram) -> String {
    let s = if counted.n_objects == 1 { "" } else { "s" };
    let mut text = format!("{} object{s}, {}", count(counted.n_objects), size(counted.shallow_size));
    let mut rows: Vec<_> = counted.rows.iter().take(N_TYPES).collect();
    if counted.n_objects == heap.n_objects() as u64 {
        rows.clear();
    }
    for (place, row) in rows.iter().enumerate() {
        text.push_str(if place == 0 { ": " } else { ", " });
        text.extend([count(row.n_objects).as_str(), " ", &row.name]);
    }
    if rows.len() == N_TYPES && counted.rows.len() > N_TYPES {
        text.push_str(", …");
    }
    text
}

/// The label and a table of the first objects.
pub fn object_set_html(heap: &Heap, counted: &Histogram, objects: &[ObjectIx]) -> String {
    let mut html = format!("<p>{}</p>", escaped(&object_set_label(heap, counted)));
    if objects.is_empty() {
        return html;
    }
    html.push_str("<table><thead><tr>");
    for title in ["retained", "shallow", "type", "id", "path"] {
        html.extend(["<th>", title, "</th>"]);
    }
    html.push_str("</tr></thead><tbody>");
    let mut is_cut = false;
    for object in objects.iter().take(N_OBJECTS) {
        let path = paths::path_to_root(heap, *object).map_or_else(
            || format!("{UNREACHABLE} {}", value_label(heap, *object).unwrap_or_default()),
            |path| path.path.to_string(),
        );
        let cells = [
            size(heap.retained_size(*object)),
            size(heap.shallow_size(*object)),
            heap.type_name(*object).to_owned(),
            object.to_string(),
            path,
        ];
        html.push_str("<tr>");
        for cell in cells {
            is_cut |= width(&cell) > WIDEST;
            let cell = fit_middle(&cell, WIDEST);
            html.extend(["<td style=\"text-align: left\">", &escaped(&cell), "</td>"]);
        }
        html.push_str("</tr>");
    }
    html.push_str("</tbody></table>");
    if let Some(n_left_out) = objects.len().checked_sub(N_OBJECTS).filter(|left| *left > 0) {
        html.extend(["<p>… ", &count(n_left_out as u64), " more</p>"]);
    }
    if is_cut {
        html.push_str(
            "<p>… long texts are cut; an object's type_name and path_to_root() give all of them</p>",
        );
    }
    html
}

/// Texts of a snapshot are untrusted: a type may be called `<script>`.
fn escaped(text: &str) -> String {
    printable(text)
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}
