//! Tables of text with aligned columns, as wide as they come or cut to a width.

use crate::printable::printable;
use crate::text::{fit, fit_middle, width};

/// Cells between columns.
const GAP: usize = 2;
/// Columns are not cut to less than this, unless there is nothing else to cut.
const NARROWEST: usize = 8;
/// Where nothing is cut, one long name is no reason to fill all other rows with blanks.
const WIDEST_PADDED: usize = 60;

/// Where a column's text stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Align {
    Left,
    Right,
}

/// What of a text goes where there is no room.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Cut {
    Nothing,
    End,
    /// Of names and paths both ends matter.
    Middle,
}

/// A column: its title, where its text stands, and how it is cut.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Column {
    pub title: &'static str,
    pub align: Align,
    pub cut: Cut,
}

impl Column {
    /// Of words and values.
    pub const fn left(title: &'static str) -> Self {
        Self { title, align: Align::Left, cut: Cut::End }
    }

    /// Of names and paths.
    pub const fn path(title: &'static str) -> Self {
        Self { title, align: Align::Left, cut: Cut::Middle }
    }

    /// Of what is of no use in part, such as an object's id.
    pub const fn whole(title: &'static str) -> Self {
        Self { title, align: Align::Left, cut: Cut::Nothing }
    }

    /// Of numbers.
    pub const fn right(title: &'static str) -> Self {
        Self { title, align: Align::Right, cut: Cut::Nothing }
    }

    fn fit(self, cell: &str, room: usize) -> String {
        match self.cut {
            Cut::Nothing | Cut::End => fit(cell, room),
            Cut::Middle => fit_middle(cell, room),
        }
    }

    fn title_width(self) -> usize {
        width(self.title)
    }
}

/// Rows under titled columns.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Table {
    pub columns: Vec<Column>,
    pub rows: Vec<Vec<String>>,
}

/// A table as lines, the titles first.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct TableLines {
    pub lines: Vec<String>,
    /// Whether a text was cut to make the lines narrow enough.
    pub is_cut: bool,
}

impl Table {
    pub fn new(columns: impl Into<Vec<Column>>) -> Self {
        Self { columns: columns.into(), rows: Vec::new() }
    }

    /// One line for the titles and one for each row, whatever the texts contain; none wider than `most` cells, if that
    /// is given.
    pub fn lines(&self, most: Option<usize>) -> TableLines {
        let mut widths = self.widths();
        if let Some(most) = most {
            self.narrow(&mut widths, most);
        } else {
            for (width, column) in widths.iter_mut().zip(&self.columns) {
                *width = (*width).min(WIDEST_PADDED.max(column.title_width()));
            }
        }
        let titles: Vec<String> = self.columns.iter().map(|column| column.title.to_owned()).collect();
        let mut answer = TableLines::default();
        for row in std::iter::once(&titles).chain(&self.rows) {
            let (line, is_cut) = self.line(row, &widths, most);
            answer.lines.push(line);
            answer.is_cut |= is_cut;
        }
        answer
    }

    /// As wide as the widest cell of each column.
    fn widths(&self) -> Vec<usize> {
        let columns = self.columns.iter().enumerate();
        let widths = columns.map(|(place, column)| {
            let cells = self.rows.iter().filter_map(|row| row.get(place)).map(|cell| width(cell));
            cells.max().unwrap_or(0).max(column.title_width())
        });
        widths.collect()
    }

    /// Takes from the widest columns until the row has at most `most` cells.
    fn narrow(&self, widths: &mut [usize], most: usize) {
        let gaps = GAP * widths.len().saturating_sub(1);
        let can_be_cut = |place: usize| self.columns[place].cut != Cut::Nothing;
        for place in (0..widths.len()).filter(|place| can_be_cut(*place)) {
            widths[place] = widths[place].min(most);
        }
        let mut total: usize = widths.iter().sum::<usize>() + gaps;
        while total > most {
            let open = (0..widths.len()).filter(|place| can_be_cut(*place) && widths[*place] > NARROWEST);
            let Some(widest) = open.max_by_key(|place| widths[*place]) else { break };
            widths[widest] -= 1;
            total -= 1;
        }
    }

    fn line(&self, row: &[String], widths: &[usize], most: Option<usize>) -> (String, bool) {
        let mut line = String::new();
        let mut is_cut = false;
        for (place, ((cell, column), room)) in row.iter().zip(&self.columns).zip(widths).enumerate() {
            if place > 0 {
                line.push_str("  ");
            }
            let is_too_wide = width(cell) > *room && most.is_some();
            is_cut |= is_too_wide;
            let shown = if is_too_wide { column.fit(cell, *room) } else { printable(cell).into_owned() };
            let padding = " ".repeat(room.saturating_sub(width(&shown)));
            match column.align {
                Align::Left => line.extend([shown.as_str(), &padding]),
                Align::Right => line.extend([padding.as_str(), &shown]),
            }
        }
        line.truncate(line.trim_end().len());
        match most {
            Some(most) if width(&line) > most => (fit(&line, most), true),
            _ => (line, is_cut),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sizes(rows: &[[&str; 3]]) -> Table {
        let mut table = Table::new([Column::right("size"), Column::path("name"), Column::left("")]);
        table.rows.extend(rows.iter().map(|row| row.map(str::to_owned).to_vec()));
        table
    }

    #[test]
    fn columns_line_up_whatever_the_width_of_a_character() {
        let table = sizes(&[["1", "日本", "x"], ["1,000", "abc", ""]]);
        let expected = [" size  name", "    1  日本  x", "1,000  abc"];
        assert_eq!(
            table.lines(None),
            TableLines { lines: expected.map(str::to_owned).to_vec(), is_cut: false }
        );
    }

    #[test]
    fn no_name_breaks_a_row() {
        let table = sizes(&[["1", "a\nb\x1b[2J", "x"], ["1,000", "abc", "\u{202e}"]]);
        let expected = [" size  name", "    1  a\\nb\\x1b[2J  x", "1,000  abc          \\u202e"];
        assert_eq!(table.lines(None).lines, expected);
    }

    #[test]
    fn the_widest_texts_are_cut_first() {
        let long = "package.".repeat(100) + "Name";
        let table = sizes(&[["1", &long, "a text"], ["1,000", "abc", "b"]]);
        let cut = table.lines(Some(40));
        assert!(cut.is_cut);
        assert_eq!(
            cut.lines,
            [
                " size  name",
                "    1  package.\u{2026}age.package.Name  a text",
                "1,000  abc                        b",
            ]
        );
        for most in 0..100 {
            let lines = table.lines(Some(most)).lines;
            assert_eq!(lines.len(), 3);
            assert!(lines.iter().all(|line| width(line) <= most), "{most}: {lines:?}");
        }
        let whole = table.lines(None);
        assert!(whole.lines[1].contains(&long) && whole.lines[2].len() < 80 && !whole.is_cut);
    }
}
