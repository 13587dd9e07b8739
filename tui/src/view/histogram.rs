//! Draws the histogram.

use heapview_render::{self as render, HistogramColumn};
use ratatui::text::Span;

use crate::model::Ready;
use crate::screens::HistogramScreen;
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
            span(right(&HistogramColumn::Retained.text(row), NUMBER), theme.plain()),
            span(right(&render::percent(row.retained_size, whole), PERCENT), theme.plain()),
        ];
        if bar > 0 {
            spans.push(span(" ", theme.plain()));
            spans.push(span(theme.bar_text(row.retained_size, whole, bar), theme.bar()));
        }
        spans.push(span(right(&HistogramColumn::Shallow.text(row), NUMBER), theme.plain()));
        spans.push(span(right(&HistogramColumn::Objects.text(row), NUMBER), theme.plain()));
        let used: usize = spans.iter().map(Span::width).sum::<usize>() + 2;
        spans.push(span(format!("  {}", left(&row.name, width.saturating_sub(used))), theme.plain()));
        spans
    });
}

fn titles(screen: &HistogramScreen, bar: usize, theme: Theme) -> Vec<Span<'static>> {
    let title = |column: HistogramColumn| {
        let title = column.title(screen.by());
        if screen.sort_column() != column {
            return title.to_owned();
        }
        format!("{title}{}", theme.sort_mark(screen.table().sort().descending))
    };
    let bar = if bar > 0 { bar + 1 } else { 0 };
    vec![
        span(right(&title(HistogramColumn::Retained), NUMBER), theme.plain()),
        span(right("%", PERCENT), theme.plain()),
        span(" ".repeat(bar), theme.plain()),
        span(right(&title(HistogramColumn::Shallow), NUMBER), theme.plain()),
        span(right(&title(HistogramColumn::Objects), NUMBER), theme.plain()),
        span(format!("  {}", title(HistogramColumn::Name)), theme.plain()),
    ]
}
