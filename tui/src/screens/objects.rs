//! A list of objects: those of one type, or those that a selector or a query names. Sortable.

use std::sync::Arc;
use strum::VariantArray;

use heapview_analysis::histogram::GroupBy;
use heapview_snapshot::{ObjectIx, TypeIx};

use crate::command::{Answer, Question, Sortable};
use crate::fact::Fact;
use crate::found::Found;
use crate::layout::Room;
use crate::list::{Click, Cursor, Step};
use crate::table::{Sort, Table};
use crate::ticket::Ticket;

/// Which objects are listed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Source {
    Type(TypeIx),
    /// A group of the histogram, by its name.
    Group(GroupBy, String),
    /// A selector or a query.
    Selector(String),
    /// Objects that are at hand, and what they are.
    Listed(String),
    /// Objects that someone marked.
    Bookmarks,
}

/// The columns, in the order in which `s` goes through them.
#[derive(Clone, Copy, PartialEq, Eq, Debug, VariantArray)]
pub enum ObjectColumn {
    Retained,
    Shallow,
    /// By type, then by value where the snapshot holds one.
    Object,
}

impl ObjectColumn {
    pub const ALL: &'static [Self] = Self::VARIANTS;

    /// That a table is sorted by.
    pub const fn of(sort: Sort) -> Self {
        Self::ALL[sort.column % Self::ALL.len()]
    }
}

#[derive(Clone)]
pub struct ObjectsScreen {
    pub source: Source,
    objects: Fact<Found>,
    table: Table,
    /// Why there are none.
    refusal: Option<String>,
}

const BY_RETAINED: Sort = Sort { column: 0, descending: true };

impl ObjectsScreen {
    /// All objects of a type; the engine is asked for them.
    pub fn of_type(type_ix: TypeIx) -> Self {
        Self::wanted(Source::Type(type_ix))
    }

    /// The objects that `selector` names; the engine is asked for them.
    pub fn of_selector(selector: String) -> Self {
        Self::wanted(Source::Selector(selector))
    }

    fn wanted(source: Source) -> Self {
        Self { source, objects: Fact::default(), table: Table::new(0, BY_RETAINED), refusal: None }
    }

    /// All objects of a group; the engine is asked for them.
    pub fn of_group(by: GroupBy, name: String) -> Self {
        Self::wanted(Source::Group(by, name))
    }

    /// Objects that were found by `selector`.
    pub fn found(selector: String, found: Arc<Found>) -> Self {
        Self::at_hand(Source::Selector(selector), found)
    }

    pub fn at_hand(source: Source, found: Arc<Found>) -> Self {
        let table = Table::new(found.objects.len(), BY_RETAINED);
        let mut objects = Fact::default();
        objects.accept(found);
        Self { source, objects, table, refusal: None }
    }

    /// `None` until they are known.
    pub fn objects(&self) -> Option<&[ObjectIx]> {
        self.objects.get().map(|found| found.objects.as_slice())
    }

    pub fn retained_size(&self) -> Option<u64> {
        self.objects.get()?.retained_size
    }

    pub fn refusal(&self) -> Option<&str> {
        self.refusal.as_deref()
    }

    pub fn cursor(&self) -> Cursor {
        self.table.cursor()
    }

    pub fn table(&self) -> &Table {
        &self.table
    }

    /// The object shown in row `at`.
    pub fn row(&self, at: usize) -> Option<ObjectIx> {
        self.objects()?.get(self.table.row(at)?).copied()
    }

    pub fn chosen(&self) -> Option<ObjectIx> {
        self.row(self.table.cursor().at)
    }

    pub fn sort_column(&self) -> ObjectColumn {
        ObjectColumn::of(self.table.sort())
    }

    pub fn sort_next(&mut self) {
        let column = (self.table.next_sort().column + 1) % ObjectColumn::ALL.len();
        self.table.want(Sort { column, descending: ObjectColumn::ALL[column] != ObjectColumn::Object });
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
        if let (Some(found), Some(sort)) = (self.objects.share(), self.table.wanted()) {
            self.table.ask(ask(Question::Order(Sortable::Objects(found), sort)));
        }
        if !self.objects.is_wanted() || self.refusal.is_some() {
            return;
        }
        let question = match &self.source {
            Source::Type(type_ix) => Question::OfType(*type_ix),
            Source::Group(by, name) => Question::OfGroup(*by, name.clone()),
            Source::Selector(selector) => Question::Find(selector.clone()),
            Source::Listed(_) | Source::Bookmarks => return,
        };
        self.objects.ask(ask(question));
    }

    pub fn accept(&mut self, ticket: Ticket, answer: Answer, room: Room) {
        match answer {
            Answer::Order(order) => self.table.accept(ticket, order, room.titled_rows()),
            Answer::Found(Ok(found)) if self.objects.waits_for(ticket) => {
                self.table = Table::new(found.objects.len(), BY_RETAINED);
                self.objects.accept(found);
                self.fit(room);
            }
            Answer::Found(Err(refusal)) if self.objects.waits_for(ticket) => {
                self.refusal = Some(refusal.message);
            }
            _ => {}
        }
    }

    pub fn forget_asked(&mut self) {
        self.objects.forget_asked();
        self.table.forget_asked();
    }
}
