//! The line of tabs: what each is called in the room there is, and which one is where.

use crate::tab::Tab;
use heapview_render::text;

/// One tab as it is written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct TabCell {
    pub tab: Tab,
    /// Its key, with blanks around.
    pub number: String,
    pub words: String,
}

impl TabCell {
    pub(crate) fn width(&self) -> usize {
        text::width(&self.number) + text::width(&self.words)
    }
}

/// How much of the titles there is room for, beside that of the screen shown.
#[derive(Clone, Copy)]
enum Words {
    Whole,
    Short,
    None,
}

/// The tabs in a line of `width` cells, while `shown` is lit.
pub(crate) fn tab_cells(shown: Tab, width: usize) -> Vec<TabCell> {
    let title = |tab: Tab, words: Words| match words {
        _ if tab == shown => tab.title(),
        Words::Whole => tab.title(),
        Words::Short => tab.short_title(),
        Words::None => "",
    };
    let used = |words| Tab::ALL.iter().map(|tab| title(*tab, words).len() + 3).sum::<usize>();
    let words = [Words::Whole, Words::Short].into_iter().find(|words| used(*words) <= width);
    let words = words.unwrap_or(Words::None);
    let gap = if used(words) + Tab::ALL.len() <= width { " " } else { "" };
    let cell = |tab: Tab| TabCell {
        tab,
        number: format!(" {} ", tab.digit()),
        words: format!("{}{gap}", title(tab, words)),
    };
    Tab::ALL.iter().copied().map(cell).collect()
}

/// The tab in column `x`.
pub(crate) fn tab_at(shown: Tab, width: usize, x: usize) -> Option<Tab> {
    let mut end = 0;
    let cells = tab_cells(shown, width).into_iter();
    let mut ends = cells.map(|cell| {
        end += cell.width();
        (cell.tab, end)
    });
    ends.find(|(_, end)| x < *end).map(|(tab, _)| tab)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_width_has_all_numbers_and_the_title_of_the_screen_shown() {
        for width in [60, 80, 100, 120] {
            for shown in Tab::ALL.iter().copied() {
                let cells = tab_cells(shown, width);
                let line: String = cells.into_iter().flat_map(|cell| [cell.number, cell.words]).collect();
                assert!(text::width(&line) <= width && line.contains(shown.title()), "{width}: {line}");
            }
        }
    }

    #[test]
    fn columns_lead_to_the_tab_written_there() {
        assert_eq!(tab_at(Tab::Overview, 120, 0), Some(Tab::Overview));
        assert_eq!(tab_at(Tab::Overview, 120, 13), Some(Tab::Histogram));
        assert_eq!(tab_at(Tab::Overview, 120, 119), None);
    }
}
