//! Draws the histogram.

use heapview_analysis::histogram::GroupBy;
use heapview_render as render;
use ratatui::text::Span;

use crate::model::Ready;
use crate::screens::{Column, Grouping, HistogramScreen};
use crate::view::Theme;
use crate::view::canvas::{Canvas, List, left, right, span};

const NUMBER: usize = 11;
const PERCENT: usize = 8;

pub(super) fn view(screen: &HistogramScreen, ready: &Ready, canvas: &mut Canvas<'_>) {
    let theme = canvas.theme;
    if !screen.is_known() {
        canvas.text(1, " counting objects...", theme.dim());
        return;
    }
    let width = canvas.width();
    let bar = match width {
        0..70 => 0,
        70..100 => 6,
        _ => 14,
    };
    let whole = ready.total_size;
    let list = List { cursor: screen.table().cursor(), n_rows: screen.table().len(), has_focus: true };
    canvas.list(titles(screen, bar, theme), list, |at, width| {
        let Some(row) = screen.row(at) else { return Vec::new() };
        let mut spans = vec![
            span(right(&render::size(row.retained_size), NUMBER), theme.plain()),
            span(right(&render::percent(row.retained_size, whole), PERCENT), theme.plain()),
        ];
        if bar > 0 {
            spans.push(span(" ", theme.plain()));
            spans.push(span(theme.bar_text(row.retained_size, whole, bar), theme.bar()));
        }
        spans.push(span(right(&render::size(row.shallow_size), NUMBER), theme.plain()));
        spans.push(span(right(&render::count(row.n_objects), NUMBER), theme.plain()));
        let used: usize = spans.iter().map(Span::width).sum::<usize>() + 2;
        spans.push(span(format!("  {}", left(row.name, width.saturating_sub(used))), theme.plain()));
        spans
    });
}

fn titles(screen: &HistogramScreen, bar: usize, theme: Theme) -> Vec<Span<'static>> {
    let name = match screen.grouping() {
        Grouping::Type => "type",
        Grouping::By(GroupBy::Module) => "module",
        Grouping::By(GroupBy::Referrer) => "held as",
    };
    let title = |column: Column| {
        let title = match column {
            Column::Retained => render::RETAINED_AT_LEAST,
            Column::Shallow => "shallow",
            Column::Objects => "objects",
            Column::Name => name,
        };
        if screen.sort_column() != column {
            return title.to_owned();
        }
        format!("{title}{}", theme.sort_mark(screen.table().sort().descending))
    };
    let bar = if bar > 0 { bar + 1 } else { 0 };
    vec![
        span(right(&title(Column::Retained), NUMBER), theme.plain()),
        span(right("%", PERCENT), theme.plain()),
        span(" ".repeat(bar), theme.plain()),
        span(right(&title(Column::Shallow), NUMBER), theme.plain()),
        span(right(&title(Column::Objects), NUMBER), theme.plain()),
        span(format!("  {}", title(Column::Name)), theme.plain()),
    ]
}
