//! Object: the facts about one object, who holds it and what it holds.

use heapview_analysis::Reference;
use heapview_snapshot::ObjectIx;

use crate::command::{Answer, ObjectFacts, Question};
use crate::fact::Fact;
use crate::layout::{FactsAndList, Focus, Panes, Room};
use crate::list::{Click, Step};
use crate::paged::Paged;
use crate::ticket::Ticket;

/// Lines of facts above the lists; one more where the allocation is known.
const N_FACTS: usize = 5;

#[derive(Clone)]
pub struct ObjectScreen {
    pub object: ObjectIx,
    /// The first pane holds the referrers, the second the referents.
    pub focus: Focus,
    facts: Fact<ObjectFacts>,
    referrers: Paged<Reference>,
    referents: Paged<Reference>,
}

impl ObjectScreen {
    pub fn new(object: ObjectIx) -> Self {
        Self {
            object,
            focus: Focus::First,
            facts: Fact::default(),
            referrers: Paged::default(),
            referents: Paged::default(),
        }
    }

    pub fn facts(&self) -> Option<&ObjectFacts> {
        self.facts.get()
    }

    pub fn referrers(&self) -> &Paged<Reference> {
        &self.referrers
    }

    pub fn referents(&self) -> &Paged<Reference> {
        &self.referents
    }

    /// The list that the keys move in.
    pub fn focused(&self) -> &Paged<Reference> {
        match self.focus {
            Focus::First => &self.referrers,
            Focus::Second => &self.referents,
        }
    }

    /// The object at the other end of the chosen reference.
    pub fn chosen_reference(&self) -> Option<ObjectIx> {
        match self.focus {
            Focus::First => self.referrers.chosen().map(|reference| reference.from),
            Focus::Second => self.referents.chosen().map(|reference| reference.to),
        }
    }

    pub fn layout(&self, room: Room) -> (FactsAndList, Panes) {
        let n_rows = |list: &Paged<Reference>| list.total().unwrap_or(0);
        let report = self.facts().map(|facts| &facts.report);
        let has_site = report.is_some_and(|report| !report.allocated_at.is_empty());
        let has_source = report.is_some_and(|report| report.source.is_some());
        let n_facts = N_FACTS + usize::from(has_site) + usize::from(has_source);
        let facts_and_list = FactsAndList::of(room, n_facts);
        (facts_and_list, Panes::of(facts_and_list.list, n_rows(&self.referrers), n_rows(&self.referents)))
    }

    fn windows(&self, room: Room) -> (usize, usize) {
        let (left, right) = self.layout(room).1.rooms();
        (left.titled_rows(), right.titled_rows())
    }

    pub fn step(&mut self, step: Step, room: Room) {
        let (left, right) = self.windows(room);
        match self.focus {
            Focus::First => self.referrers.step(step, left),
            Focus::Second => self.referents.step(step, right),
        }
    }

    /// A click also moves to the list that it is in.
    pub fn click(&mut self, x: u16, y: u16, room: Room) -> Click {
        let (layout, panes) = self.layout(room);
        let (left, right) = self.windows(room);
        let Some(y) = y.checked_sub(layout.facts) else { return Click::Missed };
        let (focus, y) = panes.at(self.focus, x, y);
        let click = match focus {
            Focus::First => self.referrers.click(y, left),
            Focus::Second => self.referents.click(y, right),
        };
        let was_elsewhere = std::mem::replace(&mut self.focus, focus) != focus;
        if was_elsewhere && click == Click::Again { Click::Chosen } else { click }
    }

    pub fn fit(&mut self, room: Room) {
        let (left, right) = self.windows(room);
        self.referrers.fit(left);
        self.referents.fit(right);
    }

    pub fn left(&mut self) {
        self.focus = Focus::First;
    }

    pub fn right(&mut self) {
        self.focus = Focus::Second;
    }

    pub fn toggle(&mut self) {
        self.focus = self.focus.other();
    }

    pub fn ask(&mut self, room: Room, ask: &mut dyn FnMut(Question) -> Ticket) {
        let (left, right) = self.windows(room);
        if self.facts.is_wanted() {
            self.facts.ask(ask(Question::Object(self.object)));
        }
        if let Some(rows) = self.referrers.wanted(left) {
            self.referrers.ask(ask(Question::Referrers(self.object, rows.clone())), &rows);
        }
        if let Some(rows) = self.referents.wanted(right) {
            self.referents.ask(ask(Question::Referents(self.object, rows.clone())), &rows);
        }
    }

    pub fn accept(&mut self, ticket: Ticket, answer: Answer, room: Room) {
        let (left, right) = self.windows(room);
        match answer {
            Answer::Object(facts) if self.facts.waits_for(ticket) => self.facts.accept(facts),
            Answer::References { rows, total } if self.referrers.waits_for(ticket) => {
                self.referrers.accept(rows, total, left);
                if total == 0 {
                    // Nothing to see on this side: a module, or garbage.
                    self.focus = Focus::Second;
                }
            }
            Answer::References { rows, total } if self.referents.waits_for(ticket) => {
                self.referents.accept(rows, total, right);
            }
            _ => {}
        }
    }

    pub fn forget_asked(&mut self) {
        self.facts.forget_asked();
        self.referrers.forget_asked();
        self.referents.forget_asked();
    }
}
