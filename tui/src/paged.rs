//! A list of known length whose rows arrive page by page, so that a million rows cost what a screenful costs.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::list::{Click, Cursor, Step};
use crate::ticket::Ticket;

/// Rows fetched at once.
pub(crate) const PAGE: usize = 256;
/// Pages kept; the one farthest from the window goes first.
const MAX_PAGES: usize = 64;

/// The rows of a long list that are known so far.
#[derive(Clone, Debug)]
pub struct Paged<T> {
    total: Option<usize>,
    pages: BTreeMap<usize, Vec<T>>,
    cursor: Cursor,
    asked: Option<(Ticket, usize)>,
}

impl<T> Default for Paged<T> {
    fn default() -> Self {
        Self { total: None, pages: BTreeMap::new(), cursor: Cursor::default(), asked: None }
    }
}

impl<T> Paged<T> {
    /// How many rows there are; `None` until the first page has come.
    pub fn total(&self) -> Option<usize> {
        self.total
    }

    pub fn cursor(&self) -> Cursor {
        self.cursor
    }

    /// Row `at`, if its page is here.
    pub fn row(&self, at: usize) -> Option<&T> {
        self.pages.get(&(at / PAGE))?.get(at % PAGE)
    }

    pub fn chosen(&self) -> Option<&T> {
        self.row(self.cursor.at)
    }

    pub fn step(&mut self, step: Step, window: usize) {
        self.cursor.step(step, self.total.unwrap_or(0), window);
    }

    pub fn click(&mut self, y: u16, window: usize) -> Click {
        self.cursor.click(y, self.total.unwrap_or(0), window)
    }

    /// Brings the cursor into a window of another height.
    pub fn fit(&mut self, window: usize) {
        self.cursor.fit(self.total.unwrap_or(0), window);
    }

    /// Forgets what was asked for, so that it is asked for again: its answer may have been dropped.
    pub fn forget_asked(&mut self) {
        self.asked = None;
    }

    /// The rows to fetch next for a window of `window` rows, unless they are here or on their way.
    pub fn wanted(&self, window: usize) -> Option<Range<usize>> {
        let page = match self.total {
            None => 0,
            Some(total) => {
                let last = (self.cursor.top + window.max(1)).min(total).checked_sub(1)?;
                (self.cursor.top / PAGE..=last / PAGE).find(|page| !self.pages.contains_key(page))?
            }
        };
        let is_on_its_way = self.asked.is_some_and(|(_, asked)| asked == page);
        (!is_on_its_way).then_some(page * PAGE..(page + 1) * PAGE)
    }

    /// Notes that `rows`, as [`Paged::wanted`] named them, were asked for.
    pub fn ask(&mut self, ticket: Ticket, rows: &Range<usize>) {
        self.asked = Some((ticket, rows.start / PAGE));
    }

    pub fn waits_for(&self, ticket: Ticket) -> bool {
        self.asked.is_some_and(|(asked, _)| asked == ticket)
    }

    /// Takes the page that was asked for last, in a list of `total` rows.
    pub fn accept(&mut self, rows: Vec<T>, total: usize, window: usize) {
        let Some((_, page)) = self.asked.take() else { return };
        self.total = Some(total);
        self.pages.insert(page, rows);
        while self.pages.len() > MAX_PAGES {
            let here = self.cursor.top / PAGE;
            let farthest = self.pages.keys().copied().max_by_key(|page| page.abs_diff(here));
            farthest.map(|page| self.pages.remove(&page));
        }
        self.fit(window);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Answers every wish of a list of `total` numbers.
    fn fill(list: &mut Paged<usize>, total: usize, window: usize) -> usize {
        let mut n_pages = 0;
        while let Some(rows) = list.wanted(window) {
            list.ask(Ticket::new(1), &rows);
            list.accept((rows.start..rows.end.min(total)).collect(), total, window);
            n_pages += 1;
        }
        n_pages
    }

    #[test]
    fn only_the_pages_in_the_window_are_fetched() {
        let mut list = Paged::default();
        assert_eq!(fill(&mut list, 1_000_000, 20), 1);
        assert_eq!(list.chosen(), Some(&0));
        list.step(Step::Last, 20);
        assert_eq!(list.chosen(), None);
        assert!(fill(&mut list, 1_000_000, 20) <= 2);
        assert_eq!(list.chosen(), Some(&999_999));
    }

    #[test]
    fn a_page_on_its_way_is_not_asked_for_twice() {
        let mut list = Paged::<usize>::default();
        let rows = list.wanted(20).unwrap();
        list.ask(Ticket::new(1), &rows);
        assert_eq!(list.wanted(20), None);
        list.forget_asked();
        assert_eq!(list.wanted(20), Some(rows));
    }

    #[test]
    fn pages_far_away_are_dropped() {
        let mut list = Paged::default();
        fill(&mut list, 1_000_000, 20);
        for _ in 0..2_000 {
            list.step(Step::PageDown, 100);
            fill(&mut list, 1_000_000, 100);
        }
        assert!(list.pages.len() <= MAX_PAGES);
        assert!(list.chosen().is_some());
    }

    #[test]
    fn an_empty_list_wants_nothing_more() {
        let mut list = Paged::default();
        assert_eq!(fill(&mut list, 0, 20), 1);
        list.step(Step::Down, 20);
        assert_eq!((list.total(), list.chosen()), (Some(0), None));
    }
}
