//! Histogram: objects and sizes by type, by module or by what holds the objects, sortable.

use heapview_analysis::histogram::{GroupBy, GroupHistogram, Histogram};

use crate::command::{Answer, Question, Sortable};
use crate::fact::Fact;
use crate::layout::Room;
use crate::list::{Click, Step};
use crate::table::{Sort, Table};
use crate::target::Target;
use crate::ticket::Ticket;

/// The columns of the histogram, in the order in which `s` goes through them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Column {
    Retained,
    Shallow,
    Objects,
    Name,
}

impl Column {
    pub const ALL: [Self; 4] = [Self::Retained, Self::Shallow, Self::Objects, Self::Name];

    /// Numbers are of interest from the top, names from A.
    fn begins_descending(self) -> bool {
        self != Self::Name
    }

    /// That a table is sorted by.
    pub const fn of(sort: Sort) -> Self {
        Self::ALL[sort.column % Self::ALL.len()]
    }
}

/// What the objects of one row have in common.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Grouping {
    Type,
    By(GroupBy),
}

impl Grouping {
    /// In the order in which `b` goes through them.
    const fn next(self) -> Self {
        match self {
            Self::Type => Self::By(GroupBy::Module),
            Self::By(GroupBy::Module) => Self::By(GroupBy::Referrer),
            Self::By(GroupBy::Referrer) => Self::Type,
        }
    }
}

/// One row, whatever it groups; sizes are bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Row<'a> {
    pub name: &'a str,
    pub n_objects: u64,
    pub shallow_size: u64,
    pub retained_size: u64,
}

/// As the engine sorts.
const BY_RETAINED: Sort = Sort { column: 0, descending: true };

#[derive(Clone)]
pub struct HistogramScreen {
    grouping: Grouping,
    types: Fact<Histogram>,
    /// Of the grouping shown, unless that is by type.
    groups: Fact<GroupHistogram>,
    table: Table,
}

impl Default for HistogramScreen {
    fn default() -> Self {
        Self {
            grouping: Grouping::Type,
            types: Fact::default(),
            groups: Fact::default(),
            table: Table::new(0, BY_RETAINED),
        }
    }
}

impl HistogramScreen {
    pub fn grouping(&self) -> Grouping {
        self.grouping
    }

    /// Whether the rows are known.
    pub fn is_known(&self) -> bool {
        match self.grouping {
            Grouping::Type => self.types.get().is_some(),
            Grouping::By(_) => self.groups.get().is_some(),
        }
    }

    /// Groups by the next thing, the rows sorted as before.
    pub fn group_next(&mut self) {
        self.grouping = self.grouping.next();
        self.groups = Fact::default();
        // The types are quickly counted again, from the totals.
        self.types = Fact::default();
        let sort = self.table.next_sort();
        self.table = Table::new(0, sort);
    }

    pub fn table(&self) -> &Table {
        &self.table
    }

    /// The row shown at place `at`.
    pub fn row(&self, at: usize) -> Option<Row<'_>> {
        unsorted(self.grouping, &self.types, &self.groups, self.table.row(at)?)
    }

    /// Whose objects Enter lists.
    pub fn chosen(&self) -> Option<Target> {
        let position = self.table.chosen()?;
        match self.grouping {
            Grouping::Type => Some(Target::Type(self.types.get()?.rows.get(position)?.type_ix)),
            Grouping::By(by) => Some(Target::Group(by, self.groups.get()?.rows.get(position)?.name.clone())),
        }
    }

    pub fn sort_column(&self) -> Column {
        Column::of(self.table.sort())
    }

    pub fn sort_next(&mut self) {
        let column = (self.table.next_sort().column + 1) % Column::ALL.len();
        self.table.want(Sort { column, descending: Column::ALL[column].begins_descending() });
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
        match self.grouping {
            Grouping::Type if self.types.is_wanted() => self.types.ask(ask(Question::Histogram)),
            Grouping::By(by) if self.groups.is_wanted() => self.groups.ask(ask(Question::Groups(by))),
            _ => {}
        }
        let rows = match self.grouping {
            Grouping::Type => self.types.share().map(Sortable::Types),
            Grouping::By(_) => self.groups.share().map(Sortable::Groups),
        };
        if let (Some(rows), Some(sort)) = (rows, self.table.wanted()) {
            self.table.ask(ask(Question::Order(rows, sort)));
        }
    }

    pub fn accept(&mut self, ticket: Ticket, answer: Answer, room: Room) {
        let n_rows = match answer {
            Answer::Histogram(types) if self.types.waits_for(ticket) => {
                let n_rows = types.rows.len();
                self.types.accept(types);
                n_rows
            }
            Answer::Groups(groups) if self.groups.waits_for(ticket) => {
                let n_rows = groups.rows.len();
                self.groups.accept(groups);
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
        self.types.forget_asked();
        self.groups.forget_asked();
        self.table.forget_asked();
    }
}

/// The row at `position` in the engine's order.
fn unsorted<'a>(
    grouping: Grouping,
    types: &'a Fact<Histogram>,
    groups: &'a Fact<GroupHistogram>,
    position: usize,
) -> Option<Row<'a>> {
    match grouping {
        Grouping::Type => types.get()?.rows.get(position).map(|row| Row {
            name: &row.type_name,
            n_objects: row.n_objects,
            shallow_size: row.shallow_size,
            retained_size: row.retained_size,
        }),
        Grouping::By(_) => groups.get()?.rows.get(position).map(|row| Row {
            name: &row.name,
            n_objects: row.n_objects,
            shallow_size: row.shallow_size,
            retained_size: row.retained_size,
        }),
    }
}
