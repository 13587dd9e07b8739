//! Histogram: objects and sizes by type, sortable.

use std::cmp::Ordering;

use heapview_analysis::histogram::{Histogram, HistogramRow};
use heapview_snapshot::TypeIx;

use crate::command::{Answer, Question};
use crate::fact::Fact;
use crate::layout::Room;
use crate::list::Step;
use crate::message::Ticket;
use crate::table::{Sort, Table};

/// The columns of the histogram, in the order in which `s` goes through them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Column {
    Retained,
    Shallow,
    Objects,
    Type,
}

impl Column {
    pub const ALL: [Self; 4] = [Self::Retained, Self::Shallow, Self::Objects, Self::Type];

    /// Numbers are of interest from the top, names from A.
    fn begins_descending(self) -> bool {
        self != Self::Type
    }

    fn compare(self, left: &HistogramRow, right: &HistogramRow) -> Ordering {
        match self {
            Self::Retained => left.retained_size.cmp(&right.retained_size),
            Self::Shallow => left.shallow_size.cmp(&right.shallow_size),
            Self::Objects => left.n_objects.cmp(&right.n_objects),
            Self::Type => left.type_name.cmp(&right.type_name),
        }
    }
}

#[derive(Clone)]
pub struct HistogramScreen {
    histogram: Fact<Histogram>,
    table: Table,
}

impl Default for HistogramScreen {
    fn default() -> Self {
        Self { histogram: Fact::default(), table: Table::new(0, Sort { column: 0, descending: true }) }
    }
}

impl HistogramScreen {
    pub fn histogram(&self) -> Option<&Histogram> {
        self.histogram.get()
    }

    pub fn table(&self) -> &Table {
        &self.table
    }

    /// The row shown at place `at`.
    pub fn row(&self, at: usize) -> Option<&HistogramRow> {
        self.histogram.get()?.rows.get(self.table.row(at)?)
    }

    pub fn chosen(&self) -> Option<TypeIx> {
        self.row(self.table.cursor().at).map(|row| row.type_ix)
    }

    pub fn sort_column(&self) -> Column {
        Column::ALL[self.table.sort().column % Column::ALL.len()]
    }

    pub fn sort_next(&mut self, room: Room) {
        let column = (self.table.sort().column + 1) % Column::ALL.len();
        self.sort(Sort { column, descending: Column::ALL[column].begins_descending() }, room);
    }

    pub fn sort_reverse(&mut self, room: Room) {
        let sort = self.table.sort();
        self.sort(Sort { descending: !sort.descending, ..sort }, room);
    }

    fn sort(&mut self, sort: Sort, room: Room) {
        let Some(histogram) = self.histogram.get() else { return };
        let column = Column::ALL[sort.column % Column::ALL.len()];
        self.table.sort_by(sort, room.titled_rows(), |left, right| {
            column.compare(&histogram.rows[left], &histogram.rows[right])
        });
    }

    pub fn step(&mut self, step: Step, room: Room) {
        self.table.step(step, room.titled_rows());
    }

    pub fn fit(&mut self, room: Room) {
        self.table.fit(room.titled_rows());
    }

    pub fn ask(&mut self, _room: Room, ask: &mut dyn FnMut(Question) -> Ticket) {
        if self.histogram.is_wanted() {
            self.histogram.ask(ask(Question::Histogram));
        }
    }

    pub fn accept(&mut self, ticket: Ticket, answer: Answer, room: Room) {
        if let Answer::Histogram(histogram) = answer
            && self.histogram.waits_for(ticket)
        {
            let sort = self.table.sort();
            self.table = Table::new(histogram.rows.len(), sort);
            self.histogram.accept(histogram);
            self.sort(sort, room);
        }
    }

    pub fn forget_asked(&mut self) {
        self.histogram.forget_asked();
    }
}
