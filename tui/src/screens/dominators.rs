//! Dominators: the dominator tree, from its top or opened at one object.

use heapview_snapshot::ObjectIx;

use crate::command::{Answer, Dominated, Question};
use crate::layout::Room;
use crate::list::{Click, Cursor, Step};
use crate::ticket::Ticket;
use crate::tree::{Line, Tree};

/// The tree, once it is known where it begins.
#[derive(Clone)]
enum State {
    /// The dominators of this object are on their way, or wanted.
    Locating {
        object: ObjectIx,
        asked: Option<Ticket>,
    },
    Tree {
        tree: Box<Tree<Dominated>>,
        n_above: usize,
    },
}

#[derive(Clone)]
pub struct DominatorsScreen {
    state: State,
}

impl Default for DominatorsScreen {
    fn default() -> Self {
        Self { state: State::Tree { tree: Box::default(), n_above: 0 } }
    }
}

impl DominatorsScreen {
    /// The tree opened along the dominators of `object`.
    pub fn at(object: ObjectIx) -> Self {
        Self { state: State::Locating { object, asked: None } }
    }

    /// `None` while the object is being located.
    pub fn tree(&self) -> Option<&Tree<Dominated>> {
        match &self.state {
            State::Locating { .. } => None,
            State::Tree { tree, .. } => Some(tree),
        }
    }

    /// How many dominators are left out above the first row.
    pub fn n_above(&self) -> usize {
        match self.state {
            State::Locating { .. } => 0,
            State::Tree { n_above, .. } => n_above,
        }
    }

    pub fn cursor(&self) -> Cursor {
        self.tree().map_or_else(Cursor::default, Tree::cursor)
    }

    pub fn chosen(&self) -> Option<ObjectIx> {
        match &self.state {
            State::Locating { object, .. } => Some(*object),
            State::Tree { tree, .. } => tree.chosen().map(|row| row.object),
        }
    }

    pub fn step(&mut self, step: Step, room: Room) {
        self.with_tree(|tree| tree.step(step, room.titled_rows()));
    }

    pub fn click(&mut self, _x: u16, y: u16, room: Room) -> Click {
        match &mut self.state {
            State::Locating { .. } => Click::Missed,
            State::Tree { tree, .. } => tree.click(y, room.titled_rows()),
        }
    }

    pub fn fit(&mut self, room: Room) {
        self.with_tree(|tree| tree.fit(room.titled_rows()));
    }

    pub fn left(&mut self, room: Room) {
        self.with_tree(|tree| tree.close_chosen(room.titled_rows()));
    }

    pub fn right(&mut self, room: Room) {
        self.with_tree(|tree| tree.open_chosen(room.titled_rows()));
    }

    pub fn toggle(&mut self, room: Room) {
        self.with_tree(|tree| tree.toggle_chosen(room.titled_rows()));
    }

    /// The chosen object; on a line that stands for more rows, fetches them instead.
    pub fn enter(&mut self, room: Room) -> Option<ObjectIx> {
        if let Some(Line::More { .. }) = self.tree().and_then(Tree::chosen_line) {
            self.right(room);
        }
        self.tree().and_then(Tree::chosen).map(|row| row.object)
    }

    pub fn ask(&mut self, _room: Room, ask: &mut dyn FnMut(Question) -> Ticket) {
        match &mut self.state {
            State::Locating { object, asked } => {
                if asked.is_none() {
                    *asked = Some(ask(Question::DominatorChain(*object)));
                }
            }
            State::Tree { tree, .. } => {
                if let Some((below, rows)) = tree.wanted() {
                    tree.ask(ask(Question::Dominated(below.map(|row| row.object), rows)));
                }
            }
        }
    }

    pub fn accept(&mut self, ticket: Ticket, answer: Answer, room: Room) {
        match (&mut self.state, answer) {
            (State::Locating { asked, .. }, Answer::DominatorChain(chain)) if *asked == Some(ticket) => {
                let tree = Box::new(Tree::along(&chain.links, chain.n_top, room.titled_rows()));
                self.state = State::Tree { tree, n_above: chain.n_above };
            }
            (State::Tree { tree, .. }, Answer::Dominated { rows, total }) if tree.waits_for(ticket) => {
                tree.accept(&rows, total, room.titled_rows());
            }
            _ => {}
        }
    }

    pub fn forget_asked(&mut self) {
        match &mut self.state {
            State::Locating { asked, .. } => *asked = None,
            State::Tree { tree, .. } => tree.forget_asked(),
        }
    }

    fn with_tree(&mut self, change: impl FnOnce(&mut Tree<Dominated>)) {
        if let State::Tree { tree, .. } = &mut self.state {
            change(tree);
        }
    }
}
