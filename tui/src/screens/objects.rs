//! A list of objects: those of one type, or those that a selector names.

use std::sync::Arc;

use heapview_snapshot::{ObjectIx, TypeIx};

use crate::command::{Answer, Question};
use crate::fact::Fact;
use crate::layout::Room;
use crate::list::{Cursor, Step};
use crate::message::Ticket;

/// Which objects are listed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Source {
    Type(TypeIx),
    Selector(String),
}

#[derive(Clone)]
pub struct ObjectsScreen {
    pub source: Source,
    objects: Fact<Vec<ObjectIx>>,
    cursor: Cursor,
}

impl ObjectsScreen {
    /// All objects of a type; the engine is asked for them.
    pub fn of_type(type_ix: TypeIx) -> Self {
        Self { source: Source::Type(type_ix), objects: Fact::default(), cursor: Cursor::default() }
    }

    /// Objects that were found by `selector`.
    pub fn found(selector: String, found: Arc<Vec<ObjectIx>>) -> Self {
        let mut objects = Fact::default();
        objects.accept(found);
        Self { source: Source::Selector(selector), objects, cursor: Cursor::default() }
    }

    /// `None` until they are known.
    pub fn objects(&self) -> Option<&[ObjectIx]> {
        self.objects.get().map(Vec::as_slice)
    }

    pub fn cursor(&self) -> Cursor {
        self.cursor
    }

    pub fn chosen(&self) -> Option<ObjectIx> {
        self.objects()?.get(self.cursor.at).copied()
    }

    fn n_rows(&self) -> usize {
        self.objects().map_or(0, <[ObjectIx]>::len)
    }

    pub fn step(&mut self, step: Step, room: Room) {
        let n_rows = self.n_rows();
        self.cursor.step(step, n_rows, room.titled_rows());
    }

    pub fn fit(&mut self, room: Room) {
        let n_rows = self.n_rows();
        self.cursor.fit(n_rows, room.titled_rows());
    }

    pub fn ask(&mut self, _room: Room, ask: &mut dyn FnMut(Question) -> Ticket) {
        if let Source::Type(type_ix) = self.source
            && self.objects.is_wanted()
        {
            self.objects.ask(ask(Question::OfType(type_ix)));
        }
    }

    pub fn accept(&mut self, ticket: Ticket, answer: Answer, room: Room) {
        if let Answer::Objects(objects) = answer
            && self.objects.waits_for(ticket)
        {
            self.objects.accept(objects);
            self.fit(room);
        }
    }

    pub fn forget_asked(&mut self) {
        self.objects.forget_asked();
    }
}
