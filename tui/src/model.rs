//! All that the browser knows: either it is opening a snapshot, or shows one, or could not open it.

use std::sync::Arc;

use heapview_analysis::Heap;
use heapview_snapshot::ObjectIx;

use crate::command::{BestPath, Command, Question};
use crate::export::Export;
use crate::fact::Fact;
use crate::findings::Baseline;
use crate::history::History;
use crate::layout::Room;
use crate::loading::Loading;
use crate::overlay::Overlay;
use crate::screens::{Screen, SummaryScreen};
use crate::ticket::Ticket;

/// The state, and the size of the terminal that it is shown in.
pub struct Model {
    pub terminal: Room,
    pub state: State,
}

/// While there is no heap, there is no screen either.
pub enum State {
    Loading(Loading),
    Ready(Box<Ready>),
    /// Why the browser cannot go on, in one sentence.
    Failed(String),
}

/// A snapshot is open.
pub struct Ready {
    pub name: String,
    pub heap: Arc<Heap>,
    /// Bytes of all objects: what shares are shares of.
    pub total_size: u64,
    /// What the snapshot is compared with, if a second one was given.
    pub baseline: Option<Baseline>,
    /// Objects that were marked, in the order of marking.
    pub bookmarks: Vec<ObjectIx>,
    pub history: History<Screen>,
    pub overlay: Option<Overlay>,
    /// A short remark on the last key, such as why it did nothing.
    pub remark: Option<String>,
    /// The best path to the object in the chosen row.
    whereabouts: Option<(ObjectIx, Fact<BestPath>)>,
    next_ticket: Ticket,
}

impl Model {
    /// Nothing is known yet of the snapshot called `name`.
    pub fn new(name: String, terminal: Room) -> Self {
        Self { terminal, state: State::Loading(Loading::new(name)) }
    }

    /// Why the browser cannot go on, if it cannot.
    pub fn failure(&self) -> Option<&str> {
        match &self.state {
            State::Failed(reason) => Some(reason),
            State::Loading(_) | State::Ready(_) => None,
        }
    }
}

impl Ready {
    pub fn new(name: String, heap: Arc<Heap>) -> Self {
        Self {
            name,
            total_size: heap.total_size(),
            heap,
            baseline: None,
            bookmarks: Vec::new(),
            history: History::new(Screen::Summary(SummaryScreen::default())),
            overlay: None,
            remark: None,
            whereabouts: None,
            next_ticket: Ticket::new(0),
        }
    }

    /// Whether someone marked the object.
    pub fn is_marked(&self, object: ObjectIx) -> bool {
        self.bookmarks.contains(&object)
    }

    pub fn screen(&self) -> &Screen {
        self.history.current()
    }

    /// A command that puts `question` to the engine, and the ticket that its answer will carry.
    pub fn ask(&mut self, question: Question) -> (Ticket, Command) {
        let ticket = self.next_ticket;
        self.next_ticket = ticket.next();
        (ticket, Command::Ask { ticket, heap: Arc::clone(&self.heap), question })
    }

    /// A command that writes `export`, and the ticket of the message that it is done.
    pub fn write(&mut self, export: Export) -> (Ticket, Command) {
        let ticket = self.next_ticket;
        self.next_ticket = ticket.next();
        (ticket, Command::Write { ticket, heap: Arc::clone(&self.heap), export })
    }

    /// The commands for whatever the current screen lacks in a body of this size.
    pub fn missing(&mut self, body: Room) -> Vec<Command> {
        let mut commands = Vec::new();
        let next_ticket = &mut self.next_ticket;
        let heap = &self.heap;
        self.history.current_mut().ask(body, &mut |question| {
            let ticket = *next_ticket;
            *next_ticket = ticket.next();
            commands.push(Command::Ask { ticket, heap: Arc::clone(heap), question });
            ticket
        });
        commands.extend(self.locate());
        commands
    }

    /// Asks where the object in the chosen row is, unless that is known or asked already.
    fn locate(&mut self) -> Option<Command> {
        let row = self.screen().row();
        if self.whereabouts.as_ref().map(|(object, _)| *object) == row {
            return None;
        }
        let object = row?;
        let (ticket, command) = self.ask(Question::BestPath(object));
        let mut path = Fact::default();
        path.ask(ticket);
        self.whereabouts = Some((object, path));
        Some(command)
    }

    /// Takes the answer to where the object in the chosen row is.
    pub fn accept_path(&mut self, ticket: Ticket, path: Arc<BestPath>) {
        if let Some((_, fact)) = &mut self.whereabouts
            && fact.waits_for(ticket)
        {
            fact.accept(path);
        }
    }

    /// Where the object in the chosen row is, once that is known.
    pub fn path_of_row(&self) -> Option<&BestPath> {
        let (object, path) = self.whereabouts.as_ref()?;
        path.get().filter(|_| self.screen().row() == Some(*object))
    }
}
