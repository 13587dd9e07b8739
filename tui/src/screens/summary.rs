//! Overview: the totals of the snapshot and its biggest objects.

use heapview_snapshot::ObjectIx;

use crate::command::{Answer, Overview, Question};
use crate::fact::Fact;
use crate::layout::{FactsAndList, Room};
use crate::list::{Cursor, Step};
use crate::message::Ticket;

/// Lines of facts above the list.
const N_FACTS: usize = 5;

#[derive(Clone, Default)]
pub struct SummaryScreen {
    overview: Fact<Overview>,
    cursor: Cursor,
}

impl SummaryScreen {
    pub fn overview(&self) -> Option<&Overview> {
        self.overview.get()
    }

    pub fn cursor(&self) -> Cursor {
        self.cursor
    }

    /// The biggest objects, as far as they are known.
    pub fn biggest(&self) -> &[ObjectIx] {
        self.overview.get().map_or(&[], |overview| &overview.summary.biggest)
    }

    pub fn chosen(&self) -> Option<ObjectIx> {
        self.biggest().get(self.cursor.at).copied()
    }

    pub fn layout(room: Room) -> FactsAndList {
        FactsAndList::of(room, N_FACTS)
    }

    pub fn step(&mut self, step: Step, room: Room) {
        let n_rows = self.biggest().len();
        self.cursor.step(step, n_rows, Self::layout(room).list.titled_rows());
    }

    pub fn fit(&mut self, room: Room) {
        let n_rows = self.biggest().len();
        self.cursor.fit(n_rows, Self::layout(room).list.titled_rows());
    }

    pub fn ask(&mut self, _room: Room, ask: &mut dyn FnMut(Question) -> Ticket) {
        if self.overview.is_wanted() {
            self.overview.ask(ask(Question::Summary));
        }
    }

    pub fn accept(&mut self, ticket: Ticket, answer: Answer, room: Room) {
        if let Answer::Summary(overview) = answer
            && self.overview.waits_for(ticket)
        {
            self.overview.accept(overview);
            self.fit(room);
        }
    }

    pub fn forget_asked(&mut self) {
        self.overview.forget_asked();
    }
}
