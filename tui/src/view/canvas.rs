//! A part of the screen to write lines on: what does not fit is cut, what lies outside is ignored.

use heapview_analysis::words_in;
use heapview_render as render;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::layout::Room;
use crate::list::Cursor;
use crate::view::Theme;
use heapview_render::text;

/// Cells for the name of a fact, with the gap behind.
pub(super) const FACT_NAME: usize = 12;

/// The cells of one part of the screen.
pub(super) struct Canvas<'a> {
    buffer: &'a mut Buffer,
    area: Rect,
    pub theme: Theme,
}

/// Text with a style: all that is drawn passes here, and nothing in it acts on the terminal.
pub(super) fn span(text: impl AsRef<str>, style: Style) -> Span<'static> {
    Span::styled(render::printable(text.as_ref()).into_owned(), style)
}

/// A path that may be cut, with what of it is no Python in a style of its own.
pub(super) fn path_spans(path: &str, theme: Theme) -> Vec<Span<'static>> {
    let mut spans = Vec::new();
    let mut at = 0;
    for words in words_in(path) {
        spans.push(span(&path[at..words.start], theme.plain()));
        spans.push(span(&path[words.clone()], theme.words()));
        at = words.end;
    }
    spans.push(span(&path[at..], theme.plain()));
    spans
}

/// `1 path`, `12,345 paths`.
pub(super) fn counted(number: usize, noun: &str) -> String {
    let end = if number == 1 { "" } else { "s" };
    format!("{} {noun}{end}", render::count(number as u64))
}

/// `text` at the right end of `width` cells, cut if it is wider.
pub(super) fn right(text: &str, width: usize) -> String {
    let text = text::fit(text, width);
    format!("{}{text}", " ".repeat(width.saturating_sub(text::width(&text))))
}

/// `text` at the left end of `width` cells, cut if it is wider.
pub(super) fn left(text: &str, width: usize) -> String {
    let text = text::fit(text, width);
    let gap = " ".repeat(width.saturating_sub(text::width(&text)));
    text + &gap
}

impl<'a> Canvas<'a> {
    pub(super) fn new(buffer: &'a mut Buffer, area: Rect, theme: Theme) -> Self {
        let area = area.intersection(buffer.area);
        Self { buffer, area, theme }
    }

    pub(super) fn width(&self) -> usize {
        usize::from(self.area.width)
    }

    pub(super) fn height(&self) -> usize {
        usize::from(self.area.height)
    }

    /// The part of this canvas that begins at (`x`, `y`) and is as large as `room`.
    pub(super) fn part(&mut self, x: u16, y: u16, room: Room) -> Canvas<'_> {
        let area = Rect {
            x: self.area.x.saturating_add(x),
            y: self.area.y.saturating_add(y),
            width: room.width,
            height: room.height,
        };
        Canvas { area: area.intersection(self.area), buffer: self.buffer, theme: self.theme }
    }

    /// Writes one line of spans in row `y`.
    pub(super) fn line(&mut self, y: usize, spans: Vec<Span<'static>>) {
        let Ok(row) = u16::try_from(y) else { return };
        if row < self.area.height {
            self.buffer.set_line(self.area.x, self.area.y + row, &Line::from(spans), self.area.width);
        }
    }

    /// Writes plain text in row `y`; if cut, it says so.
    pub(super) fn text(&mut self, y: usize, text: &str, style: Style) {
        let text = text::fit(text, self.width());
        self.line(y, vec![span(text, style)]);
    }

    /// Writes a fact in row `y`: its name, dim, and its text.
    pub(super) fn fact(&mut self, y: usize, name: &str, text: &str) {
        let theme = self.theme;
        let text = text::fit(text, self.width().saturating_sub(FACT_NAME + 1));
        self.line(
            y,
            vec![span(format!(" {}", left(name, FACT_NAME)), theme.dim()), span(text, theme.plain())],
        );
    }

    /// Writes at the right end of row `y`.
    pub(super) fn right_text(&mut self, y: usize, text: &str, style: Style) {
        let text = right(text, self.width());
        let written = text.trim_start();
        let Ok(width) = u16::try_from(text::width(written)) else { return };
        let (Ok(row), Some(x)) = (u16::try_from(y), self.area.width.checked_sub(width)) else { return };
        if row < self.area.height {
            self.buffer.set_span(self.area.x + x, self.area.y + row, &span(written, style), width);
        }
    }

    /// Gives the whole of row `y` a style, over what is written there.
    pub(super) fn restyle(&mut self, y: usize, style: Style) {
        let Ok(row) = u16::try_from(y) else { return };
        if row < self.area.height {
            self.buffer.set_style(Rect { y: self.area.y + row, height: 1, ..self.area }, style);
        }
    }

    /// Empties the canvas.
    pub(super) fn clear(&mut self) {
        for y in self.area.top()..self.area.bottom() {
            for x in self.area.left()..self.area.right() {
                self.buffer[(x, y)].reset();
            }
        }
    }

    /// Draws the visible rows of a list below a line of column titles, and marks the chosen one.
    pub(super) fn list(
        &mut self,
        titles: Vec<Span<'static>>,
        list: List,
        mut row: impl FnMut(usize, usize) -> Vec<Span<'static>>,
    ) {
        let theme = self.theme;
        let width = self.width().saturating_sub(1);
        let mut spans = vec![span(" ", theme.plain())];
        spans.extend(titles);
        self.line(0, spans);
        self.restyle(0, theme.dim());
        let window = self.height().saturating_sub(1);
        for at in list.cursor.top..list.n_rows.min(list.cursor.top + window) {
            let y = 1 + at - list.cursor.top;
            let is_chosen = at == list.cursor.at;
            let mark = if is_chosen && list.has_focus { theme.pointer() } else { " " };
            let mut spans = vec![span(mark, theme.plain())];
            spans.extend(row(at, width));
            self.line(y, spans);
            if is_chosen {
                self.restyle(y, if list.has_focus { theme.chosen() } else { theme.remembered() });
            }
        }
    }
}

/// Which rows of a list to draw.
#[derive(Clone, Copy)]
pub(super) struct List {
    pub cursor: Cursor,
    pub n_rows: usize,
    /// Whether the keys move in it.
    pub has_focus: bool,
}
