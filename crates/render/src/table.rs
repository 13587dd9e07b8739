//! Tables of text with aligned columns.

use unicode_width::UnicodeWidthStr;

/// Where a column's text stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Align {
    Left,
    Right,
}

/// A column: its title and where its text stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Column {
    pub title: &'static str,
    pub align: Align,
}

impl Column {
    pub const fn left(title: &'static str) -> Self {
        Self { title, align: Align::Left }
    }

    pub const fn right(title: &'static str) -> Self {
        Self { title, align: Align::Right }
    }
}

/// Rows under titled columns.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Table {
    pub columns: Vec<Column>,
    pub rows: Vec<Vec<String>>,
}

impl Table {
    pub fn new(columns: impl Into<Vec<Column>>) -> Self {
        Self { columns: columns.into(), rows: Vec::new() }
    }

    /// One line for the titles and one for each row; columns are as wide as their widest cell.
    pub fn lines(&self) -> Vec<String> {
        let widths: Vec<usize> = self
            .columns
            .iter()
            .enumerate()
            .map(|(place, column)| {
                let cells = self.rows.iter().filter_map(|row| row.get(place)).map(|cell| cell.width());
                cells.max().unwrap_or(0).max(column.title.width())
            })
            .collect();
        let titles: Vec<String> = self.columns.iter().map(|column| column.title.to_owned()).collect();
        std::iter::once(&titles).chain(&self.rows).map(|row| self.line(row, &widths)).collect()
    }

    fn line(&self, row: &[String], widths: &[usize]) -> String {
        let mut line = String::new();
        for ((cell, column), width) in row.iter().zip(&self.columns).zip(widths) {
            if !line.is_empty() {
                line.push_str("  ");
            }
            let padding = " ".repeat(width.saturating_sub(cell.width()));
            match column.align {
                Align::Left => line.extend([cell.as_str(), &padding]),
                Align::Right => line.extend([padding.as_str(), cell]),
            }
        }
        line.truncate(line.trim_end().len());
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_whatever_the_width_of_a_character() {
        let mut table = Table::new([Column::right("size"), Column::left("name"), Column::left("")]);
        table.rows.push(vec!["1".into(), "日本".into(), "x".into()]);
        table.rows.push(vec!["1,000".into(), "abc".into(), String::new()]);
        assert_eq!(table.lines(), [" size  name", "    1  日本  x", "1,000  abc"]);
    }
}
