//! Histogram: objects and sizes by type, by module or by what holds the objects, sortable.

use heapview_analysis::histogram::{GroupBy, Histogram, HistogramRow};
use heapview_render::HistogramColumn;

use crate::command::{Answer, Question, Sortable};
use crate::fact::Fact;
use crate::layout::Room;
use crate::list::{Click, Step};
use crate::table::{Sort, Table};
use crate::target::Target;
use crate::ticket::Ticket;

/// The column that a table is sorted by.
pub const fn column_of(sort: Sort) -> HistogramColumn {
    HistogramColumn::ALL[sort.column % HistogramColumn::ALL.len()]
}

/// In the order in which `b` goes through them.
const fn next(by: GroupBy) -> GroupBy {
    match by {
        GroupBy::Type => GroupBy::Module,
        GroupBy::Module => GroupBy::Referrer,
        GroupBy::Referrer => GroupBy::Type,
    }
}

/// As the engine sorts.
const BY_RETAINED: Sort = Sort { column: 0, descending: true };

#[derive(Clone)]
pub struct HistogramScreen {
    by: GroupBy,
    histogram: Fact<Histogram>,
    table: Table,
}

impl Default for HistogramScreen {
    fn default() -> Self {
        Self { by: GroupBy::Type, histogram: Fact::default(), table: Table::new(0, BY_RETAINED) }
    }
}

impl HistogramScreen {
    /// What the rows are.
    pub fn by(&self) -> GroupBy {
        self.by
    }

    /// Whether the rows are known.
    pub fn is_known(&self) -> bool {
        self.histogram.get().is_some()
    }

    /// Groups by the next thing, the rows sorted as before.
    pub fn group_next(&mut self) {
        self.by = next(self.by);
        self.histogram = Fact::default();
        let sort = self.table.next_sort();
        self.table = Table::new(0, sort);
    }

    pub fn table(&self) -> &Table {
        &self.table
    }

    /// The row shown at place `at`.
    pub fn row(&self, at: usize) -> Option<&HistogramRow> {
        self.histogram.get()?.rows.get(self.table.row(at)?)
    }

    /// Whose objects Enter lists.
    pub fn chosen(&self) -> Option<Target> {
        let row = self.histogram.get()?.rows.get(self.table.chosen()?)?;
        Some(match row.type_ix {
            Some(type_ix) => Target::Type(type_ix),
            None => Target::Group(self.by, row.name.clone()),
        })
    }

    pub fn sort_column(&self) -> HistogramColumn {
        column_of(self.table.sort())
    }

    pub fn sort_next(&mut self) {
        let column = (self.table.next_sort().column + 1) % HistogramColumn::ALL.len();
        self.table.want(Sort { column, descending: HistogramColumn::ALL[column].is_number() });
    }

    pub fn sort_reverse(&mut self) {
        let sort = self.table.next_sort();
        self.table.want(Sort { descending: !sort.descending, ..sort });
    }

    pub fn step(&mut self, step: Step, room: Room) {
        self.table.step(step, room.titled_rows());
    }

    pub fn click(&mut self, _x: u16, y: u16, room: Room) -> Click {
        self.table.click(y, room.titled_rows())
    }

    pub fn fit(&mut self, room: Room) {
        self.table.fit(room.titled_rows());
    }

    pub fn ask(&mut self, _room: Room, ask: &mut dyn FnMut(Question) -> Ticket) {
        if self.histogram.is_wanted() {
            self.histogram.ask(ask(Question::Histogram(self.by)));
        }
        let rows = self.histogram.share().map(Sortable::Histogram);
        if let (Some(rows), Some(sort)) = (rows, self.table.wanted()) {
            self.table.ask(ask(Question::Order(rows, sort)));
        }
    }

    pub fn accept(&mut self, ticket: Ticket, answer: Answer, room: Room) {
        let n_rows = match answer {
            Answer::Histogram(histogram) if self.histogram.waits_for(ticket) => {
                let n_rows = histogram.rows.len();
                self.histogram.accept(histogram);
                n_rows
            }
            Answer::Order(order) => return self.table.accept(ticket, order, room.titled_rows()),
            _ => return,
        };
        let sort = self.table.next_sort();
        self.table = Table::new(n_rows, BY_RETAINED);
        self.table.want(sort);
    }

    pub fn forget_asked(&mut self) {
        self.histogram.forget_asked();
        self.table.forget_asked();
    }
}
