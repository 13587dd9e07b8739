//! The screens: what each one shows and where its cursor is. No drawing here.

mod dominators;
mod findings;
mod histogram;
mod object;
mod objects;
mod paths;
mod summary;

use heapview_snapshot::ObjectIx;

pub use dominators::DominatorsScreen;
pub use findings::FindingsScreen;
pub use histogram::{HistogramScreen, column_of};
pub use object::ObjectScreen;
pub use objects::{ObjectColumn, ObjectsScreen, Source};
pub use paths::{FreeLine, PathsScreen};
pub use summary::{FactLine, SummaryScreen};

use crate::command::{Answer, Question};
use crate::layout::Room;
use crate::list::{Click, Step};
use crate::tab::Tab;
use crate::target::Target;
use crate::ticket::Ticket;

/// One screen of the stack.
#[derive(Clone)]
pub enum Screen {
    Summary(SummaryScreen),
    Histogram(HistogramScreen),
    Objects(ObjectsScreen),
    Dominators(DominatorsScreen),
    Object(ObjectScreen),
    Paths(PathsScreen),
    Findings(FindingsScreen),
}

/// Calls the same method of whichever screen it is.
macro_rules! each {
    ($screen:expr, $inner:ident => $call:expr) => {
        match $screen {
            Screen::Summary($inner) => $call,
            Screen::Histogram($inner) => $call,
            Screen::Objects($inner) => $call,
            Screen::Dominators($inner) => $call,
            Screen::Object($inner) => $call,
            Screen::Paths($inner) => $call,
            Screen::Findings($inner) => $call,
        }
    };
}

impl Screen {
    /// The tab that is lit while the screen is shown.
    pub fn tab(&self) -> Tab {
        match self {
            Self::Summary(_) => Tab::Overview,
            Self::Histogram(_) | Self::Objects(_) => Tab::Histogram,
            Self::Dominators(_) => Tab::Dominators,
            Self::Object(_) => Tab::Object,
            Self::Paths(_) => Tab::Paths,
            Self::Findings(screen) => screen.about.tab(),
        }
    }

    /// Whether its rows are about to have another order.
    pub fn is_sorting(&self) -> bool {
        match self {
            Self::Histogram(screen) => screen.table().is_sorting(),
            Self::Objects(screen) => screen.table().is_sorting(),
            _ => false,
        }
    }

    /// The tab whose keys matter here.
    pub fn keys_of(&self) -> Tab {
        match self {
            Self::Objects(_) => Tab::Overview,
            _ => self.tab(),
        }
    }

    /// The object that `o`, `d`, `p` and `t` are about.
    pub fn chosen(&self) -> Option<ObjectIx> {
        match self {
            Self::Histogram(_) => None,
            Self::Summary(screen) => screen.chosen(),
            Self::Objects(screen) => screen.chosen(),
            Self::Dominators(screen) => screen.chosen(),
            Self::Object(screen) => Some(screen.object),
            Self::Paths(screen) => screen.chosen(),
            Self::Findings(screen) => screen.chosen(),
        }
    }

    /// The object in the chosen row, where its path is worth telling.
    pub fn row(&self) -> Option<ObjectIx> {
        match self {
            Self::Histogram(_) | Self::Paths(_) => None,
            Self::Object(screen) => screen.chosen_reference(),
            Self::Summary(_) | Self::Objects(_) | Self::Dominators(_) | Self::Findings(_) => self.chosen(),
        }
    }

    /// What is worth copying: the path shown, else the id of the chosen object.
    pub fn copied(&self) -> Option<String> {
        let path = match self {
            Self::Paths(screen) => screen.chosen_path().map(|path| path.path.to_string()),
            Self::Object(screen) => {
                screen.facts().filter(|facts| facts.path.path.is_some()).map(|facts| facts.path.text.clone())
            }
            _ => None,
        };
        path.or_else(|| self.chosen().map(|object| object.to_string()))
    }

    pub fn step(&mut self, step: Step, room: Room) {
        each!(self, screen => screen.step(step, room));
    }

    /// A click in column `x` and line `y` of a body of this size: chooses the row that is there.
    pub fn click(&mut self, x: u16, y: u16, room: Room) -> Click {
        each!(self, screen => screen.click(x, y, room))
    }

    /// Brings the cursor into a room of another size.
    pub fn fit(&mut self, room: Room) {
        each!(self, screen => screen.fit(room));
    }

    pub fn left(&mut self, room: Room) {
        match self {
            Self::Dominators(screen) => screen.left(room),
            Self::Object(screen) => screen.left(),
            Self::Paths(screen) => screen.left(),
            Self::Summary(_) | Self::Histogram(_) | Self::Objects(_) | Self::Findings(_) => {}
        }
    }

    pub fn right(&mut self, room: Room) {
        match self {
            Self::Dominators(screen) => screen.right(room),
            Self::Object(screen) => screen.right(),
            Self::Paths(screen) => screen.right(),
            Self::Summary(_) | Self::Histogram(_) | Self::Objects(_) | Self::Findings(_) => {}
        }
    }

    pub fn toggle(&mut self, room: Room) {
        match self {
            Self::Dominators(screen) => screen.toggle(room),
            Self::Object(screen) => screen.toggle(),
            Self::Paths(screen) => screen.toggle(),
            Self::Summary(_) | Self::Histogram(_) | Self::Objects(_) | Self::Findings(_) => {}
        }
    }

    /// Opens the chosen row: either leads to another screen or changes this one.
    pub fn enter(&mut self, room: Room) -> Option<Target> {
        match self {
            Self::Summary(screen) => screen.chosen().map(Target::Object),
            Self::Histogram(screen) => screen.chosen(),
            Self::Objects(screen) => screen.chosen().map(Target::Object),
            Self::Dominators(screen) => screen.enter(room).map(Target::Object),
            Self::Object(screen) => screen.chosen_reference().map(Target::Object),
            Self::Paths(screen) => screen.enter().map(Target::Object),
            Self::Findings(screen) => screen.target(),
        }
    }

    /// What the screen lacks and has not asked for; each question is told to `ask`, which gives its ticket.
    pub fn ask(&mut self, room: Room, ask: &mut dyn FnMut(Question) -> Ticket) {
        each!(self, screen => screen.ask(room, ask));
    }

    /// Takes an answer if this screen waits for it.
    pub fn accept(&mut self, ticket: Ticket, answer: Answer, room: Room) {
        each!(self, screen => screen.accept(ticket, answer, room));
    }

    /// Asks anew for whatever is missing: while the screen was out of sight, its questions may have been dropped.
    pub fn forget_asked(&mut self) {
        each!(self, screen => screen.forget_asked());
    }
}
