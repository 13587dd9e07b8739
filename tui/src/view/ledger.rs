//! Draws the memory of the process as one bar: objects, buffers, what allocators keep free, what C
//! libraries took, what nobody explains.

use heapview_analysis::summary::Summary;
use heapview_render as render;
use ratatui::style::Style;
use ratatui::text::Span;

use crate::view::Theme;
use crate::view::canvas::{FACT_NAME, span};

const NATIVE: &str = "native";

/// One part of the bar.
struct Part {
    name: &'static str,
    /// For a narrow terminal.
    short: &'static str,
    size: u64,
    fill: &'static str,
}

/// What the legend says of a part.
type Words<'a> = &'a dyn Fn(&Part) -> String;

/// The bar and its legend, which name the same parts.
pub(super) struct LedgerBar {
    pub bar: Vec<Span<'static>>,
    pub legend: Vec<Span<'static>>,
}

impl LedgerBar {
    /// The bar in `width` cells; its legend in a line of `legend_width` cells, if that is possible.
    pub(super) fn of(summary: &Summary, width: usize, legend_width: usize, theme: Theme) -> Self {
        let parts = parts(summary, theme);
        let remark = match &summary.ledger {
            None => "the dump does not say how large the process was",
            Some(ledger) if ledger.resident.rss.is_none() => "the RSS is not known",
            Some(_) => "",
        };
        let short_remark = if summary.ledger.is_none() { "no ledger in the dump" } else { "" };
        let wide = |part: &Part| format!(" {} {}  ", part.name, render::size(part.size));
        let close = |part: &Part| format!("{} {} ", part.name, render::size(part.size));
        let short = |part: &Part| format!("{} {} ", part.short, render::size(part.size));
        let fits = |legend: &[Span<'_>]| spans_width(legend) <= legend_width;
        let tries: [(Words<'_>, &str); 3] = [(&wide, remark), (&close, short_remark), (&short, short_remark)];
        for (words, remark) in tries {
            let legend = legend(&parts, words, remark, theme);
            if fits(&legend) {
                return Self { bar: bar(&parts, width, theme), legend };
            }
        }
        let parts = merged(parts);
        Self { bar: bar(&parts, width, theme), legend: legend(&parts, &short, short_remark, theme) }
    }

    /// Whether the legend has room beside the name of a fact.
    pub(super) fn fits_beside_name(&self, width: usize) -> bool {
        spans_width(&self.legend) + FACT_NAME < width
    }
}

/// Every second part is coloured, so that neighbours differ by more than their fill.
fn style(place: usize, theme: Theme) -> Style {
    if place.is_multiple_of(2) { theme.bar() } else { theme.plain() }
}

fn bar(parts: &[Part], width: usize, theme: Theme) -> Vec<Span<'static>> {
    let sizes: Vec<u64> = parts.iter().map(|part| part.size).collect();
    let cells = parts.iter().zip(widths(&sizes, width)).enumerate();
    cells.map(|(place, (part, width))| span(part.fill.repeat(width), style(place, theme))).collect()
}

fn legend(parts: &[Part], words: &dyn Fn(&Part) -> String, remark: &str, theme: Theme) -> Vec<Span<'static>> {
    let of_parts = parts
        .iter()
        .enumerate()
        .flat_map(|(place, part)| [span(part.fill, style(place, theme)), span(words(part), theme.plain())]);
    of_parts.chain([span(remark, theme.plain())]).collect()
}

/// What native code took and what nobody explains in one part, for want of room.
fn merged(mut parts: Vec<Part>) -> Vec<Part> {
    if let Some(native) = parts.iter().position(|part| part.name == NATIVE).filter(|_| parts.len() > 1) {
        let size = parts.remove(native).size;
        if let Some(last) = parts.last_mut() {
            last.size = last.size.saturating_add(size);
        }
    }
    parts
}

fn spans_width(spans: &[Span<'_>]) -> usize {
    spans.iter().map(Span::width).sum()
}

/// The parts that are known.
fn parts(summary: &Summary, theme: Theme) -> Vec<Part> {
    let fills = if theme.ascii {
        ["#", "=", "-", ":", "."]
    } else {
        ["\u{2588}", "\u{2593}", "\u{2592}", "\u{2591}", "\u{00b7}"]
    };
    let breakdown = &summary.breakdown;
    let free = summary.ledger.as_ref().and_then(|ledger| {
        let free = [ledger.pymalloc.map(|pymalloc| pymalloc.free), ledger.malloc.map(|malloc| malloc.free)];
        free.into_iter().flatten().reduce(u64::saturating_add)
    });
    let known = [
        ("objects", "obj", Some(breakdown.objects_size)),
        ("buffers", "buf", Some(breakdown.buffers_size)),
        ("free", "free", free),
        (NATIVE, "nat", breakdown.native_size),
        ("unexplained", "rest", breakdown.unexplained_size),
    ];
    let parts = known.into_iter().zip(fills);
    parts.filter_map(|((name, short, size), fill)| Some(Part { name, short, size: size?, fill })).collect()
}

/// Cells of each part; together `width`. What is not nothing has at least one while there is room.
fn widths(sizes: &[u64], width: usize) -> Vec<usize> {
    let total: u128 = sizes.iter().map(|size| u128::from(*size)).sum();
    let mut n_left = sizes.iter().filter(|size| **size > 0).count();
    let (mut sum, mut begin) = (0_u128, 0);
    let mut widths = Vec::new();
    for &size in sizes {
        if size == 0 {
            widths.push(0);
            continue;
        }
        n_left -= 1;
        sum += u128::from(size);
        let end = usize::try_from(sum * width as u128 / total).unwrap_or(width);
        let end = end.max(begin + 1).min(width.saturating_sub(n_left)).max(begin);
        widths.push(end - begin);
        begin = end;
    }
    widths
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_that_is_not_nothing_is_seen() {
        assert_eq!(widths(&[1, 0, 1_000_000, 1], 10), [1, 0, 8, 1]);
        assert_eq!(widths(&[1, 1], 8), [4, 4]);
        assert_eq!(widths(&[5, 5, 5], 2), [0, 1, 1]);
        assert_eq!(widths(&[0, 0], 8), [0, 0]);
        assert_eq!(widths(&[u64::MAX, u64::MAX], 9), [4, 5]);
        assert_eq!(widths(&[], 8), Vec::<usize>::new());
    }
}
