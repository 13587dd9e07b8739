//! The columns that lists of objects share: retained size, its share of the heap as number and bar.

use heapview_render as render;
use heapview_snapshot::ObjectIx;
use ratatui::text::Span;

use crate::model::Ready;
use crate::view::Theme;
use crate::view::canvas::{right, span};

const SIZE: usize = 10;
const PERCENT: usize = 8;

/// An object in a list: what it is called, with a sign in front if someone marked it.
pub(super) fn object_name(ready: &Ready, object: ObjectIx) -> String {
    let sign = if ready.is_marked(object) { MARK } else { "" };
    format!("{sign}{}", render::object_label(&ready.heap, object))
}

/// In front of what is marked.
pub(super) const MARK: &str = "* ";

/// Which size columns there is room for.
#[derive(Clone, Copy)]
pub(super) struct SizeColumns {
    theme: Theme,
    has_percent: bool,
    bar: usize,
}

impl SizeColumns {
    /// For rows of `width` cells.
    pub(super) fn of(width: usize, theme: Theme) -> Self {
        Self {
            theme,
            has_percent: width >= 44,
            bar: match width {
                0..56 => 0,
                56..76 => 5,
                76..110 => 10,
                _ => 16,
            },
        }
    }

    /// Cells used, with the gap behind.
    pub(super) fn width(self) -> usize {
        let percent = if self.has_percent { PERCENT } else { 0 };
        let bar = if self.bar > 0 { self.bar + 1 } else { 0 };
        SIZE + percent + bar + 2
    }

    pub(super) fn titles(self) -> Vec<Span<'static>> {
        self.titles_of("retained")
    }

    /// As [`Self::titles`], with this title for the size.
    pub(super) fn titles_of(self, retained: &str) -> Vec<Span<'static>> {
        let style = self.theme.plain();
        let mut spans = vec![span(right(retained, SIZE), style)];
        if self.has_percent {
            spans.push(span(right("%", PERCENT), style));
        }
        if self.bar > 0 {
            spans.push(span(" ".repeat(self.bar + 1), style));
        }
        spans.push(span("  ", style));
        spans
    }

    /// `size` bytes of a heap of `whole` bytes.
    pub(super) fn spans(self, size: u64, whole: u64) -> Vec<Span<'static>> {
        let theme = self.theme;
        let mut spans = vec![span(right(&render::size(size), SIZE), theme.plain())];
        if self.has_percent {
            spans.push(span(right(&render::percent(size, whole), PERCENT), theme.plain()));
        }
        if self.bar > 0 {
            spans.push(span(" ", theme.plain()));
            spans.push(span(theme.bar_text(size, whole, self.bar), theme.bar()));
        }
        spans.push(span("  ", theme.plain()));
        spans
    }

    pub(super) fn of_object(self, ready: &Ready, object: ObjectIx) -> Vec<Span<'static>> {
        self.spans(ready.heap.retained_size(object), ready.total_size)
    }
}
