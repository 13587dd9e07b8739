//! The few styles and marks of the browser. Default colours of the terminal, light or dark; no meaning is in
//! colour alone.

use ratatui::style::{Color, Modifier, Style};

/// How things look.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Theme {
    pub colour: bool,
    /// ASCII marks only.
    pub ascii: bool,
}

impl Theme {
    pub fn plain(self) -> Style {
        Style::new()
    }

    pub fn strong(self) -> Style {
        Style::new().add_modifier(Modifier::BOLD)
    }

    pub fn dim(self) -> Style {
        Style::new().add_modifier(Modifier::DIM)
    }

    /// The chosen row of the list that the keys move in, and the lit tab.
    pub fn chosen(self) -> Style {
        // A coloured bar, reversed, would look like what is left of it.
        Style::new().fg(Color::Reset).add_modifier(Modifier::REVERSED)
    }

    /// The chosen row of the other list. Underlining would hide underscores, of which Python's names are full.
    pub fn remembered(self) -> Style {
        Style::new().add_modifier(Modifier::BOLD)
    }

    pub fn bar(self) -> Style {
        self.coloured(Color::Cyan)
    }

    /// What of a path is no Python; the angle brackets say so too.
    pub fn words(self) -> Style {
        self.coloured(Color::Magenta)
    }

    /// Something to notice; always says so in words too.
    pub fn notice(self) -> Style {
        self.coloured(Color::Red).add_modifier(Modifier::BOLD)
    }

    fn coloured(self, colour: Color) -> Style {
        if self.colour { Style::new().fg(colour) } else { Style::new() }
    }

    pub fn closed(self) -> &'static str {
        if self.ascii { "+ " } else { "\u{25b8} " }
    }

    pub fn open(self) -> &'static str {
        if self.ascii { "- " } else { "\u{25be} " }
    }

    /// The word-less mark of the chosen row, for terminals that cannot reverse.
    pub fn pointer(self) -> &'static str {
        ">"
    }

    pub fn towards_left(self) -> &'static str {
        if self.ascii { "<-" } else { "\u{2190}" }
    }

    pub fn towards_right(self) -> &'static str {
        if self.ascii { "->" } else { "\u{2192}" }
    }

    /// Behind the title of the column that a table is sorted by.
    pub fn sort_mark(self, descending: bool) -> &'static str {
        match (descending, self.ascii) {
            (true, false) => "\u{2193}",
            (false, false) => "\u{2191}",
            (true, true) => "v",
            (false, true) => "^",
        }
    }

    pub fn gap(self) -> &'static str {
        if self.ascii { "|" } else { "\u{2502}" }
    }

    /// Fills what is too small to be drawn by itself.
    pub fn rest(self) -> &'static str {
        if self.ascii { "." } else { "\u{b7}" }
    }

    /// `part` of `whole` as a bar of `width` cells, rounded: a sliver beside every row would only look like a border.
    pub fn bar_text(self, part: u64, whole: u64, width: usize) -> String {
        const EIGHTHS: [&str; 8] =
            ["", "\u{258f}", "\u{258e}", "\u{258d}", "\u{258c}", "\u{258b}", "\u{258a}", "\u{2589}"];
        let share = if whole == 0 { 0.0 } else { (part as f64 / whole as f64).clamp(0.0, 1.0) };
        let eighths = (share * width as f64 * 8.0).round() as usize;
        let (full, rest) = (eighths / 8, eighths % 8);
        let (block, end) =
            if self.ascii { ("#", if rest >= 4 { "#" } else { "" }) } else { ("\u{2588}", EIGHTHS[rest]) };
        let drawn = full + usize::from(!end.is_empty());
        format!("{}{end}{}", block.repeat(full), " ".repeat(width.saturating_sub(drawn)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_fill_their_width() {
        let theme = Theme { colour: false, ascii: true };
        assert_eq!(theme.bar_text(1, 2, 4), "##  ");
        assert_eq!(theme.bar_text(1, 1_000_000, 4), "    ");
        assert_eq!(theme.bar_text(0, 0, 4), "    ");
        assert_eq!(theme.bar_text(9, 3, 4), "####");
        let theme = Theme { colour: false, ascii: false };
        assert_eq!(theme.bar_text(1, 16, 4), "\u{258e}   ");
        assert_eq!(theme.bar_text(1, 1, 4), "\u{2588}\u{2588}\u{2588}\u{2588}");
    }
}
