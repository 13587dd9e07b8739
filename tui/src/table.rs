//! The order of a table's rows and which one is chosen; the rows themselves stay with the screen. Short tables are
//! sorted at once, the order of long ones comes from the engine.

use std::cmp::Ordering;

use crate::list::{Click, Cursor, Step};
use crate::ticket::Ticket;

/// By which column a table is sorted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Sort {
    pub column: usize,
    pub descending: bool,
}

/// A sortable list: positions of rows in the order shown.
#[derive(Clone, Debug)]
pub struct Table {
    order: Vec<usize>,
    sort: Sort,
    cursor: Cursor,
    wanted: Option<Wanted>,
}

/// An order that was asked for, or is to be.
#[derive(Clone, Copy, Debug)]
struct Wanted {
    sort: Sort,
    asked: Option<Ticket>,
}

impl Table {
    /// `n_rows` rows in the order given, which is said to be that of `sort`.
    pub fn new(n_rows: usize, sort: Sort) -> Self {
        Self { order: (0..n_rows).collect(), sort, cursor: Cursor::default(), wanted: None }
    }

    pub fn len(&self) -> usize {
        self.order.len()
    }

    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    pub fn sort(&self) -> Sort {
        self.sort
    }

    /// The order of the rows, or the one that they will have soon.
    pub fn next_sort(&self) -> Sort {
        self.wanted.map_or(self.sort, |wanted| wanted.sort)
    }

    /// Whether another order is on its way.
    pub fn is_sorting(&self) -> bool {
        self.wanted.is_some()
    }

    /// Wants another order, instead of one on its way.
    pub fn want(&mut self, sort: Sort) {
        self.wanted = (sort != self.sort).then_some(Wanted { sort, asked: None });
    }

    /// The order to ask for.
    pub fn wanted(&self) -> Option<Sort> {
        self.wanted.filter(|wanted| wanted.asked.is_none()).map(|wanted| wanted.sort)
    }

    /// Notes that the order that [`Table::wanted`] named was asked for.
    pub fn ask(&mut self, ticket: Ticket) {
        if let Some(wanted) = &mut self.wanted {
            wanted.asked = Some(ticket);
        }
    }

    /// Forgets what was asked for, so that it is asked for again: its answer may have been dropped.
    pub fn forget_asked(&mut self) {
        if let Some(wanted) = &mut self.wanted {
            wanted.asked = None;
        }
    }

    /// Takes the order, if it is the one waited for.
    pub fn accept(&mut self, ticket: Ticket, order: Vec<usize>, window: usize) {
        if let Some(wanted) = self.wanted.take_if(|wanted| wanted.asked == Some(ticket))
            && order.len() == self.order.len()
        {
            let chosen = self.chosen();
            self.sort = wanted.sort;
            self.order = order;
            self.keep(chosen, window);
        }
    }

    pub fn cursor(&self) -> Cursor {
        self.cursor
    }

    /// The row shown at place `at`.
    pub fn row(&self, at: usize) -> Option<usize> {
        self.order.get(at).copied()
    }

    pub fn chosen(&self) -> Option<usize> {
        self.row(self.cursor.at)
    }

    pub fn step(&mut self, step: Step, window: usize) {
        self.cursor.step(step, self.order.len(), window);
    }

    pub fn click(&mut self, y: u16, window: usize) -> Click {
        self.cursor.click(y, self.order.len(), window)
    }

    pub fn fit(&mut self, window: usize) {
        self.cursor.fit(self.order.len(), window);
    }

    /// Sorts anew, equal rows in their original order. Someone at the top stays at the top; anyone else keeps
    /// the chosen row.
    pub fn sort_by(&mut self, sort: Sort, window: usize, ascending: impl Fn(usize, usize) -> Ordering) {
        let chosen = self.chosen();
        self.sort = sort;
        self.order.sort_by(|&left, &right| {
            let order = ascending(left, right);
            let order = if sort.descending { order.reverse() } else { order };
            order.then(left.cmp(&right))
        });
        self.keep(chosen, window);
    }

    fn keep(&mut self, chosen: Option<usize>, window: usize) {
        if self.cursor.at > 0 {
            let at = self.order.iter().position(|&row| Some(row) == chosen).unwrap_or(0);
            self.cursor.choose(at, self.order.len(), window);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZES: [u64; 4] = [30, 10, 20, 10];

    fn sorted(table: &mut Table, descending: bool) -> Vec<u64> {
        table.sort_by(Sort { column: 0, descending }, 10, |left, right| SIZES[left].cmp(&SIZES[right]));
        (0..table.len()).filter_map(|at| table.row(at)).map(|row| SIZES[row]).collect()
    }

    #[test]
    fn rows_are_sorted_both_ways() {
        let mut table = Table::new(4, Sort { column: 1, descending: true });
        assert_eq!(sorted(&mut table, true), [30, 20, 10, 10]);
        assert_eq!(sorted(&mut table, false), [10, 10, 20, 30]);
        assert_eq!(table.row(0), Some(1));
    }

    #[test]
    fn the_chosen_row_stays_chosen_except_at_the_top() {
        let mut table = Table::new(4, Sort { column: 0, descending: true });
        sorted(&mut table, true);
        sorted(&mut table, false);
        assert_eq!((table.cursor().at, table.chosen()), (0, Some(1)));
        table.step(Step::Down, 10);
        assert_eq!(table.chosen(), Some(3));
        sorted(&mut table, true);
        assert_eq!((table.cursor().at, table.chosen()), (3, Some(3)));
    }

    #[test]
    fn of_the_orders_wanted_only_the_newest_is_taken() {
        let by = |column| Sort { column, descending: false };
        let mut table = Table::new(3, by(0));
        table.step(Step::Down, 10);
        table.want(by(1));
        assert_eq!(table.wanted(), Some(by(1)));
        table.ask(Ticket::new(7));
        assert_eq!((table.wanted(), table.next_sort()), (None, by(1)));
        table.want(by(2));
        table.ask(Ticket::new(8));
        table.accept(Ticket::new(7), vec![2, 1, 0], 10);
        assert_eq!((table.sort(), table.row(0), table.is_sorting()), (by(0), Some(0), true));
        table.accept(Ticket::new(8), vec![1, 2, 0], 10);
        assert_eq!((table.sort(), table.row(0), table.is_sorting()), (by(2), Some(1), false));
        assert_eq!((table.cursor().at, table.chosen()), (0, Some(1)), "the chosen row stays chosen");
        table.want(by(0));
        table.want(by(2));
        assert!(!table.is_sorting(), "that is the order already");
    }

    #[test]
    fn an_empty_table_chooses_nothing() {
        let mut table = Table::new(0, Sort { column: 0, descending: true });
        table.step(Step::Last, 10);
        assert_eq!((table.is_empty(), table.chosen()), (true, None));
    }
}
