//! What an analysis found: cycles, savings, threads, differences. A table, and details of the chosen row below.

use heapview_snapshot::ObjectIx;

use crate::command::{Answer, Question};
use crate::fact::Fact;
use crate::findings::{About, Finding, Findings};
use crate::layout::Room;
use crate::list::{Click, Step};
use crate::table::{Sort, Table};
use crate::target::Target;
use crate::ticket::Ticket;

/// Lines of details in a terminal that has room for them.
const DETAILS: u16 = 8;

#[derive(Clone)]
pub struct FindingsScreen {
    pub about: About,
    findings: Fact<Findings>,
    table: Table,
}

impl FindingsScreen {
    pub fn new(about: About) -> Self {
        let table = Table::new(0, Sort { column: 0, descending: true });
        Self { about, findings: Fact::default(), table }
    }

    /// `None` until they are known.
    pub fn findings(&self) -> Option<&Findings> {
        self.findings.get()
    }

    /// Whether there is nothing to ask for: no second snapshot was given.
    pub fn lacks_baseline(&self) -> bool {
        self.about == About::Diff(None)
    }

    pub fn table(&self) -> &Table {
        &self.table
    }

    /// The row shown at place `at`.
    pub fn row(&self, at: usize) -> Option<&Finding> {
        self.findings.get()?.rows.get(self.table.row(at)?)
    }

    pub fn chosen_row(&self) -> Option<&Finding> {
        self.row(self.table.cursor().at)
    }

    pub fn chosen(&self) -> Option<ObjectIx> {
        self.chosen_row()?.object
    }

    pub fn target(&self) -> Option<Target> {
        self.chosen_row()?.target.clone()
    }

    /// The room of the table, and that of the details below it.
    pub fn layout(&self, room: Room) -> (Room, Room) {
        let has_details =
            self.findings().is_some_and(|findings| findings.rows.iter().any(|row| !row.details.is_empty()));
        let details = if has_details { DETAILS.min(room.height / 3) } else { 0 };
        (Room { height: room.height - details, ..room }, Room { height: details, ..room })
    }

    fn window(&self, room: Room) -> usize {
        self.layout(room).0.titled_rows()
    }

    /// Sorts by the next column; false where the order of the rows is the point.
    pub fn sort_next(&mut self, room: Room) -> bool {
        let Some(findings) = self.findings.get() else { return false };
        let column =
            findings.next_column(self.table.sort().column, usize::from(room.width).saturating_sub(1));
        self.sort(Sort { column, descending: findings.is_number(column) }, room)
    }

    pub fn sort_reverse(&mut self, room: Room) -> bool {
        let sort = self.table.sort();
        self.sort(Sort { descending: !sort.descending, ..sort }, room)
    }

    fn sort(&mut self, sort: Sort, room: Room) -> bool {
        let window = self.window(room);
        let Some(findings) = self.findings.get().filter(|findings| findings.sorted_by.is_some()) else {
            return false;
        };
        self.table.sort_by(sort, window, |left, right| findings.compare(sort.column, left, right));
        true
    }

    pub fn step(&mut self, step: Step, room: Room) {
        let window = self.window(room);
        self.table.step(step, window);
    }

    pub fn click(&mut self, _x: u16, y: u16, room: Room) -> Click {
        let window = self.window(room);
        self.table.click(y, window)
    }

    pub fn fit(&mut self, room: Room) {
        let window = self.window(room);
        self.table.fit(window);
    }

    pub fn ask(&mut self, _room: Room, ask: &mut dyn FnMut(Question) -> Ticket) {
        if self.findings.is_wanted() && !self.lacks_baseline() {
            self.findings.ask(ask(Question::Findings(self.about.clone())));
        }
    }

    pub fn accept(&mut self, ticket: Ticket, answer: Answer, room: Room) {
        if let Answer::Findings(findings) = answer
            && self.findings.waits_for(ticket)
        {
            let column = findings.sorted_by.unwrap_or(0);
            self.table = Table::new(findings.rows.len(), Sort { column, descending: true });
            self.findings.accept(findings);
            self.fit(room);
        }
    }

    pub fn forget_asked(&mut self) {
        self.findings.forget_asked();
    }
}
