//! A buffer of cells as an SVG picture. Each run of text is placed by its cell, so that wide characters align in any
//! font; blocks and lines are drawn, for fonts disagree on them.

use std::fmt::{self, Write};

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};
use unicode_width::UnicodeWidthStr;

const CELL_WIDTH: f32 = 8.4;
const CELL_HEIGHT: f32 = 18.0;
/// From the top of a cell to the line that letters stand on.
const BASELINE: f32 = 13.5;
const FRAME: f32 = 12.0;

/// `f`: the terminal's foreground, `g`: its background, `c1`, `c6`: ANSI colours. Light or dark as the reader's.
const STYLE: &str = "<style>text{font:14px 'DejaVu Sans Mono',Menlo,Consolas,monospace}.f{fill:#d8dee9}.g{fill:#1d2129}\
.c1{fill:#f2777a}.c6{fill:#5fb3b3}.b{font-weight:bold}.d{opacity:.62}@media(prefers-color-scheme:light){.f{fill:#24292f}\
.g{fill:#fff}.c1{fill:#c0272d}.c6{fill:#0e7c86}}</style>";

/// How a run of cells looks: classes of its letters and of what is behind them.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Look {
    letters: &'static str,
    behind: &'static str,
    modifier: Modifier,
}

impl Look {
    fn of(cell: &Cell) -> Self {
        let (letters, behind) = (class(cell.fg, "f"), class(cell.bg, "g"));
        let is_reversed = cell.modifier.contains(Modifier::REVERSED);
        let (letters, behind) = if is_reversed { (behind, letters) } else { (letters, behind) };
        Self { letters, behind, modifier: cell.modifier }
    }

    fn classes(self) -> String {
        let bold = if self.modifier.contains(Modifier::BOLD) { " b" } else { "" };
        let dim = if self.modifier.contains(Modifier::DIM) { " d" } else { "" };
        format!("{}{bold}{dim}", self.letters)
    }
}

fn class(colour: Color, default: &'static str) -> &'static str {
    match colour {
        Color::Red => "c1",
        Color::Cyan => "c6",
        _ => default,
    }
}

/// The picture.
pub(crate) fn svg(buffer: &Buffer) -> Result<String, fmt::Error> {
    let (columns, rows) = (buffer.area.width, buffer.area.height);
    let width = (f32::from(columns) * CELL_WIDTH + 2.0 * FRAME).round();
    let height = f32::from(rows) * CELL_HEIGHT + 2.0 * FRAME;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\">\
         {STYLE}<rect class=\"g\" width=\"100%\" height=\"100%\" rx=\"8\"/>\n"
    );
    for (row, cells) in buffer.content().chunks(usize::from(columns.max(1))).enumerate() {
        let top = FRAME + row as f32 * CELL_HEIGHT;
        let looks: Vec<Look> = cells.iter().map(Look::of).collect();
        for (begin, end) in runs(&looks, |look| look.behind) {
            if looks[begin].behind != "g" {
                rect(&mut out, looks[begin].behind, x(begin), top, x(end) - x(begin), CELL_HEIGHT)?;
            }
        }
        for (begin, end) in runs(&looks, |look| look) {
            if looks[begin].modifier.contains(Modifier::UNDERLINED) {
                let y = top + CELL_HEIGHT - 2.0;
                rect(&mut out, looks[begin].letters, x(begin), y, x(end) - x(begin), 1.0)?;
            }
            letters(&mut out, &cells[begin..end], begin, top, &looks[begin].classes())?;
        }
        out.push('\n');
    }
    out.push_str("</svg>\n");
    Ok(out)
}

fn x(column: usize) -> f32 {
    FRAME + column as f32 * CELL_WIDTH
}

/// Neighbours that are alike, as begin and end.
fn runs<T: PartialEq>(looks: &[Look], key: impl Fn(Look) -> T) -> Vec<(usize, usize)> {
    let mut begin = 0;
    let runs = looks.chunk_by(|one, other| key(*one) == key(*other));
    runs.map(|run| {
        (begin, {
            begin += run.len();
            begin
        })
    })
    .collect()
}

fn rect(out: &mut String, class: &str, x: f32, y: f32, width: f32, height: f32) -> fmt::Result {
    write!(
        out,
        "<rect class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\"/>"
    )
}

/// The cells of one look that begin in column `first`.
fn letters(out: &mut String, cells: &[Cell], first: usize, top: f32, classes: &str) -> fmt::Result {
    let mut at = 0;
    while let Some(cell) = cells.get(at) {
        let symbol = cell.symbol();
        let same = cells[at..].iter().take_while(|cell| cell.symbol() == symbol).count();
        let left = x(first + at);
        if symbol.trim().is_empty() {
            at += 1;
        } else if let Some((share, opacity)) = block(symbol) {
            let width = if share < 1.0 { share * CELL_WIDTH } else { same as f32 * CELL_WIDTH };
            let class = format!("{classes}\" opacity=\"{opacity}");
            rect(out, if opacity < 1.0 { &class } else { classes }, left, top, width, CELL_HEIGHT)?;
            at += if share < 1.0 { 1 } else { same };
        } else if symbol == "\u{2502}" {
            rect(out, classes, left + CELL_WIDTH / 2.0, top, 1.0, CELL_HEIGHT)?;
            at += 1;
        } else {
            let n_cells = if symbol.is_ascii() { words(&cells[at..]) } else { 1 };
            let text: String = cells[at..at + n_cells].iter().map(Cell::symbol).collect();
            let text = text.replace('&', "&amp;").replace('<', "&lt;");
            let width = if n_cells == 1 { symbol.width() } else { n_cells } as f32 * CELL_WIDTH;
            let y = top + BASELINE;
            write!(
                out,
                "<text class=\"{classes}\" x=\"{left:.1}\" y=\"{y:.1}\" textLength=\"{width:.1}\">{text}</text>"
            )?;
            at += n_cells;
        }
    }
    Ok(())
}

/// How many cells go together: ASCII with single spaces in between.
fn words(cells: &[Cell]) -> usize {
    let is_space = |at: usize| cells.get(at).is_none_or(|cell| cell.symbol() == " ");
    let is_end = |at: usize| {
        (is_space(at) && is_space(at + 1)) || cells.get(at).is_none_or(|cell| !cell.symbol().is_ascii())
    };
    let end = (1..=cells.len()).find(|at| is_end(*at)).unwrap_or(cells.len());
    if is_space(end - 1) { end - 1 } else { end }
}

/// The part of a cell's width that a block covers, and how densely.
fn block(symbol: &str) -> Option<(f32, f32)> {
    let letter = symbol.chars().next()?;
    match letter {
        '\u{2588}' => Some((1.0, 1.0)),
        '\u{2589}'..='\u{258f}' => Some(((0x2590 - letter as u32) as f32 / 8.0, 1.0)),
        '\u{2591}' => Some((1.0, 0.2)),
        '\u{2592}' => Some((1.0, 0.4)),
        '\u{2593}' => Some((1.0, 0.65)),
        _ => None,
    }
}
