//! Draws what an analysis found: the table, and the details of the chosen row below it.

use ratatui::text::Span;

use crate::findings::{About, Cell, Findings, Width};
use crate::layout::Room;
use crate::model::Ready;
use crate::screens::FindingsScreen;
use crate::view::canvas::{Canvas, FACT_NAME, List, left, path_spans, right, span};
use crate::view::columns::MARK;
use heapview_render::text;

const HOW_TO_COMPARE: &str = "No snapshot to compare with was given. Start the browser so: heapview browse CURRENT --baseline BASELINE";

pub(super) fn view(screen: &FindingsScreen, ready: &Ready, body: Room, canvas: &mut Canvas<'_>) {
    let theme = canvas.theme;
    if screen.lacks_baseline() {
        for (y, line) in text::wrap(HOW_TO_COMPARE, canvas.width().saturating_sub(2)).iter().enumerate() {
            canvas.text(1 + y, &format!(" {line}"), theme.plain());
        }
        return;
    }
    let Some(findings) = screen.findings() else {
        let text = match screen.about {
            About::Suspects => " looking where memory sits...",
            About::Cycles => " looking for objects that keep each other alive...",
            About::Savings => " looking for what could be saved...",
            About::Threads => " reading the frames...",
            About::Diff(_) => " comparing...",
        };
        canvas.text(1, text, theme.dim());
        return;
    };
    if findings.rows.is_empty() {
        canvas.text(1, &format!(" {}", findings.nothing), theme.plain());
        return;
    }
    let (list_room, details_room) = screen.layout(body);
    {
        let mut canvas = canvas.part(0, 0, list_room);
        let widths = findings.widths(canvas.width().saturating_sub(1));
        let list = List { cursor: screen.table().cursor(), n_rows: screen.table().len(), has_focus: true };
        let sort = screen.table().sort();
        let titles = findings.columns.iter().enumerate().map(|(place, column)| {
            let is_sorted = findings.sorted_by.is_some() && sort.column == place;
            let mark = if is_sorted { theme.sort_mark(sort.descending) } else { "" };
            format!("{}{mark}", column.title)
        });
        let titles: Vec<String> = titles.collect();
        let titles = spans(findings, &widths, titles.iter().map(String::as_str), &canvas);
        canvas.list(titles, list, |at, _| {
            let Some(row) = screen.row(at) else { return Vec::new() };
            let mut texts: Vec<&str> = row.cells.iter().map(|cell: &Cell| cell.text.as_str()).collect();
            let name = findings.columns.iter().position(|column| matches!(column.width, Width::Rest(_)));
            let is_marked = row.object.is_some_and(|object| ready.is_marked(object));
            let name = name.filter(|name| is_marked && *name < texts.len());
            let marked = name.map(|name| (name, format!("{MARK}{}", texts[name])));
            if let Some((name, text)) = &marked {
                texts[*name] = text;
            }
            cells(findings, &widths, &texts, theme)
        });
    }
    let mut canvas = canvas.part(0, list_room.height, details_room);
    let Some(row) = screen.chosen_row() else { return };
    let mut y = usize::from(details_room.height > 4);
    for (name, detail) in &row.details {
        let wrapped = text::wrap(detail, canvas.width().saturating_sub(FACT_NAME + 2));
        for (place, line) in wrapped.iter().enumerate() {
            canvas.fact(y, if place == 0 { name } else { "" }, line);
            y += 1;
        }
    }
}

fn spans<'a>(
    findings: &Findings,
    widths: &[usize],
    texts: impl Iterator<Item = &'a str>,
    canvas: &Canvas<'_>,
) -> Vec<Span<'static>> {
    cells(findings, widths, &texts.collect::<Vec<_>>(), canvas.theme)
}

fn cells(
    findings: &Findings,
    widths: &[usize],
    texts: &[&str],
    theme: crate::view::Theme,
) -> Vec<Span<'static>> {
    let columns = findings.columns.iter().zip(widths).zip(texts);
    let cells = columns.filter(|((_, width), _)| **width > 0).map(|((column, width), text)| {
        match column.width {
            Width::Number(..) => vec![span(right(text, *width), theme.plain())],
            Width::Word(_) | Width::Rest(_) => {
                vec![span(format!("  {}", left(text, width - 2)), theme.plain())]
            }
            // Of a path, its end matters, too.
            Width::Path(_) => {
                path_spans(&format!("  {}", left(&text::fit_middle(text, width - 2), width - 2)), theme)
            }
        }
    });
    cells.flatten().collect()
}
