//! Paths: the paths from the roots to one object, and the steps of the chosen path.

use heapview_analysis::paths::{RootPath, RootPaths};
use heapview_snapshot::ObjectIx;

use crate::command::{Answer, FreeWords, PathRows, Question};
use crate::fact::Fact;
use crate::layout::{Focus, ListsAndNote, Panes, Room};
use crate::list::{Click, Cursor, Step};
use crate::ticket::Ticket;
use heapview_render::text;

/// One line of how to free an object.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum FreeLine {
    Code(String),
    Outcome(String),
    Advice(String),
}

#[derive(Clone)]
pub struct PathsScreen {
    pub object: ObjectIx,
    /// The first pane holds the paths, the second the steps of the chosen one.
    pub focus: Focus,
    paths: Fact<PathRows>,
    free_words: Fact<FreeWords>,
    path_cursor: Cursor,
    step_cursor: Cursor,
}

impl PathsScreen {
    pub fn new(object: ObjectIx) -> Self {
        Self {
            object,
            focus: Focus::First,
            paths: Fact::default(),
            free_words: Fact::default(),
            path_cursor: Cursor::default(),
            step_cursor: Cursor::default(),
        }
    }

    /// `None` until they are known.
    pub fn paths(&self) -> Option<&RootPaths> {
        self.paths.get().map(|rows| &rows.found)
    }

    /// The text of a path, and those of its aliases.
    pub fn path_text(&self, at: usize) -> Option<&(String, String)> {
        self.paths.get()?.texts.get(at)
    }

    fn n_paths(&self) -> usize {
        self.paths().map_or(0, |paths| paths.paths.len())
    }

    pub fn path_cursor(&self) -> Cursor {
        self.path_cursor
    }

    pub fn step_cursor(&self) -> Cursor {
        self.step_cursor
    }

    pub fn chosen_path(&self) -> Option<&RootPath> {
        self.paths()?.paths.get(self.path_cursor.at)
    }

    /// The objects along the chosen path: the root first, then the referent of each step.
    pub fn n_steps(&self) -> usize {
        self.chosen_path().map_or(0, |path| path.steps.len() + 1)
    }

    /// The object in row `at` of the steps.
    pub fn step_object(&self, at: usize) -> Option<ObjectIx> {
        let path = self.chosen_path()?;
        match at.checked_sub(1) {
            None => Some(path.root.object),
            Some(step) => path.steps.get(step).map(|step| step.to),
        }
    }

    /// The object in the chosen step, or the one that the paths lead to.
    pub fn chosen(&self) -> Option<ObjectIx> {
        match self.focus {
            Focus::First => Some(self.object),
            Focus::Second => self.step_object(self.step_cursor.at).or(Some(self.object)),
        }
    }

    /// How to free the object; `None` until it is known.
    pub fn free_words(&self) -> Option<&FreeWords> {
        self.free_words.get()
    }

    /// How to free the object, in lines of at most `width` cells: what comes of it, code, what else to do.
    pub fn free_lines(&self, width: usize) -> Vec<FreeLine> {
        let Some(words) = self.free_words() else {
            return vec![FreeLine::Outcome("looking...".into())];
        };
        let mut lines = Vec::new();
        let mut wrapped = |text: &str, line: fn(String) -> FreeLine| {
            lines.extend(text::wrap(text, width.saturating_sub(3)).into_iter().map(line));
        };
        words.outcome.iter().for_each(|outcome| wrapped(outcome, FreeLine::Outcome));
        words.code.iter().for_each(|code| wrapped(code, FreeLine::Code));
        words.advice.iter().for_each(|advice| wrapped(advice, FreeLine::Advice));
        lines
    }

    /// The lists, and below or beside them how to free the object.
    pub fn layout(&self, room: Room) -> ListsAndNote {
        let (n_paths, n_steps) = (self.n_paths(), self.n_steps());
        let n_shown = match self.focus {
            Focus::First => n_paths,
            Focus::Second => n_steps,
        };
        let n_rows = |room| Panes::stacked_need(room, n_paths, n_steps, n_shown);
        ListsAndNote::of(room, |width| 1 + self.free_lines(width).len(), n_rows)
    }

    /// The paths and the steps.
    pub fn panes(&self, room: Room) -> Panes {
        let room = self.layout(room).lists;
        Panes::stacked(room, self.n_paths(), self.n_steps())
    }

    fn windows(&self, room: Room) -> (usize, usize) {
        let (paths, steps) = self.panes(room).rooms();
        (paths.titled_rows(), steps.titled_rows())
    }

    pub fn step(&mut self, step: Step, room: Room) {
        let (path_window, step_window) = self.windows(room);
        match self.focus {
            Focus::First => {
                let n_paths = self.n_paths();
                self.path_cursor.step(step, n_paths, path_window);
                self.step_cursor = Cursor::default();
            }
            Focus::Second => {
                let n_steps = self.n_steps();
                self.step_cursor.step(step, n_steps, step_window);
            }
        }
    }

    /// A click also moves to the list that it is in.
    pub fn click(&mut self, x: u16, y: u16, room: Room) -> Click {
        let lists = self.layout(room).lists;
        if x >= lists.width || y >= lists.height {
            return Click::Missed;
        }
        let (focus, y) = self.panes(room).at(self.focus, x, y);
        let (path_window, step_window) = self.windows(room);
        let (n_paths, n_steps) = (self.n_paths(), self.n_steps());
        let click = match focus {
            Focus::First => self.path_cursor.click(y, n_paths, path_window),
            Focus::Second => self.step_cursor.click(y, n_steps, step_window),
        };
        if click == Click::Missed {
            return click;
        }
        if focus == Focus::First && click == Click::Chosen {
            self.step_cursor = Cursor::default();
        }
        let was_elsewhere = std::mem::replace(&mut self.focus, focus) != focus;
        if was_elsewhere { Click::Chosen } else { click }
    }

    pub fn fit(&mut self, room: Room) {
        let (path_window, step_window) = self.windows(room);
        let n_paths = self.n_paths();
        let n_steps = self.n_steps();
        self.path_cursor.fit(n_paths, path_window);
        self.step_cursor.fit(n_steps, step_window);
    }

    pub fn left(&mut self) {
        self.focus = Focus::First;
    }

    pub fn right(&mut self) {
        if self.chosen_path().is_some() {
            self.focus = Focus::Second;
        }
    }

    pub fn toggle(&mut self) {
        match self.focus {
            Focus::First => self.right(),
            Focus::Second => self.left(),
        }
    }

    /// From a path to its steps, from a step to its object.
    pub fn enter(&mut self) -> Option<ObjectIx> {
        match self.focus {
            Focus::First => {
                self.right();
                None
            }
            Focus::Second => self.step_object(self.step_cursor.at),
        }
    }

    pub fn ask(&mut self, _room: Room, ask: &mut dyn FnMut(Question) -> Ticket) {
        if self.paths.is_wanted() {
            self.paths.ask(ask(Question::Paths(self.object)));
        }
        if self.free_words.is_wanted() {
            self.free_words.ask(ask(Question::Free(self.object)));
        }
    }

    pub fn accept(&mut self, ticket: Ticket, answer: Answer, room: Room) {
        match answer {
            Answer::Paths(paths) if self.paths.waits_for(ticket) => self.paths.accept(paths),
            Answer::Free(words) if self.free_words.waits_for(ticket) => self.free_words.accept(words),
            _ => return,
        }
        self.fit(room);
    }

    pub fn forget_asked(&mut self) {
        self.paths.forget_asked();
        self.free_words.forget_asked();
    }
}
