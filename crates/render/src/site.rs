//! Allocation sites in words.

use heapview_analysis::sites::{SiteHistogram, SourceLine};
use heapview_analysis::{is_unseen, quoted};

use crate::number::{count, percent, size};
use crate::table::{Column, Table};

/// `app.py:12`.
pub fn source_line_label(at: &SourceLine) -> String {
    if at.file.chars().any(is_unseen) {
        return format!("{}:{}", quoted(&at.file), at.line);
    }
    format!("{}:{}", at.file, at.line)
}

/// `app.py:12, from main.py:40`, most recent first; `None` if nothing is known.
pub fn site_label(lines: &[SourceLine]) -> Option<String> {
    let lines: Vec<String> = lines.iter().map(source_line_label).collect();
    (!lines.is_empty()).then(|| lines.join(", from "))
}

/// Objects and bytes by the line that allocated them.
pub fn site_table(histogram: &SiteHistogram, limit: usize) -> Table {
    let mut table = Table::new([
        Column::right("objects"),
        Column::right("shallow"),
        Column::right("share"),
        Column::path("allocated at"),
    ]);
    for row in histogram.rows.iter().take(limit) {
        table.rows.push(vec![
            count(row.n_objects),
            size(row.shallow_size),
            percent(row.shallow_size, histogram.shallow_size),
            row.line.as_ref().map_or_else(|| "not traced".to_owned(), source_line_label),
        ]);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_site_is_one_line_without_control_characters() {
        let line = |file: &str, line| SourceLine { file: file.to_owned(), line };
        let lines = [line("app.py", 12), line("<string>", 1), line("a\nb\u{1b}[0m.py", 3)];
        assert_eq!(
            site_label(&lines).as_deref(),
            Some("app.py:12, from <string>:1, from 'a\\nb\\x1b[0m.py':3")
        );
        assert_eq!(site_label(&[]), None);
    }
}
