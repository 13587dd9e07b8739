//! A lazy tree over the heap: rows, opening, closing, paging. Knows neither the engine nor the terminal.
//!
//! A row is one *occurrence* of an object: heaps have cycles, so an object may occur below itself. Such a row
//! is marked, and can be opened like any other.

use std::ops::Range;

use heapview_snapshot::ObjectIx;

use crate::list::{Click, Cursor, Step};
use crate::ticket::Ticket;

/// Rows fetched at once below one row.
pub(crate) const PAGE: usize = 200;

/// Position of one occurrence in the tree that created it; valid as long as that tree.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RowIx(usize);

/// What a row stands for.
pub trait Occurrence {
    fn object(&self) -> ObjectIx;
}

impl Occurrence for ObjectIx {
    fn object(&self) -> ObjectIx {
        *self
    }
}

/// What hangs below a row, as far as it is known.
#[derive(Clone, Debug)]
struct Branch<T> {
    rows: Vec<RowIx>,
    /// Rows of the engine's answer taken so far; `rows` may hold one more, the pinned one.
    n_fetched: usize,
    total: Option<usize>,
    /// The row shown before any page came, on the way to the object a tree was opened at.
    pinned: Option<ObjectIx>,
    item: Option<T>,
}

impl<T> Branch<T> {
    fn new(item: Option<T>) -> Self {
        Self { rows: Vec::new(), n_fetched: 0, total: None, pinned: None, item }
    }

    fn n_missing(&self) -> usize {
        self.total.unwrap_or(0).saturating_sub(self.rows.len())
    }
}

/// One occurrence of an object.
#[derive(Clone, Debug)]
struct Row<T> {
    below: Option<RowIx>,
    depth: usize,
    repeats_ancestor: bool,
    is_open: bool,
    branch: Branch<T>,
}

/// One line of the tree as it is shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Line {
    Row(RowIx),
    /// That many rows below the row named are not fetched yet.
    More {
        below: Option<RowIx>,
        n_rows: usize,
    },
    /// The rows below the row named are on their way.
    Waiting {
        below: Option<RowIx>,
    },
}

/// A row as the engine tells it: what it stands for and how many rows hang below it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Item<T> {
    pub item: T,
    pub n_below: usize,
}

/// The tree as far as it was opened.
#[derive(Clone, Debug)]
pub struct Tree<T> {
    rows: Vec<Row<T>>,
    top: Branch<T>,
    lines: Vec<Line>,
    cursor: Cursor,
    /// Branches that wait for a page, oldest first.
    pending: Vec<Option<RowIx>>,
    asked: Option<(Ticket, Option<RowIx>)>,
}

impl<T: Occurrence + Clone> Default for Tree<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: Occurrence + Clone> Tree<T> {
    /// A tree of which nothing is known; its first page is wanted.
    pub fn new() -> Self {
        let mut tree = Self {
            rows: Vec::new(),
            top: Branch::new(None),
            lines: Vec::new(),
            cursor: Cursor::default(),
            pending: vec![None],
            asked: None,
        };
        tree.flatten();
        tree
    }

    /// A tree opened along `chain`, outermost object first, with the cursor on its last object. `n_top` rows are
    /// at the top of the tree.
    pub fn along(chain: &[Item<T>], n_top: usize, window: usize) -> Self {
        let mut tree = Self::new();
        tree.pending.clear();
        tree.top.total = Some(n_top.max(usize::from(!chain.is_empty())));
        let mut below = None;
        for (place, link) in chain.iter().enumerate() {
            let row = tree.push(below, link.clone());
            tree.branch_mut(below).pinned = Some(link.item.object());
            tree.rows[row.0].is_open = place + 1 < chain.len();
            below = Some(row);
        }
        tree.flatten();
        let at = chain.len().saturating_sub(1);
        tree.cursor.choose(at, tree.lines.len(), window);
        if let Some(last) = below {
            tree.open(last, window);
        }
        tree
    }

    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    pub fn cursor(&self) -> Cursor {
        self.cursor
    }

    pub fn chosen_line(&self) -> Option<Line> {
        self.lines.get(self.cursor.at).copied()
    }

    /// What the chosen line stands for, unless it stands for rows not here yet.
    pub fn chosen(&self) -> Option<&T> {
        match self.chosen_line()? {
            Line::Row(row) => self.item(row),
            Line::More { .. } | Line::Waiting { .. } => None,
        }
    }

    pub fn item(&self, row: RowIx) -> Option<&T> {
        self.rows.get(row.0)?.branch.item.as_ref()
    }

    /// How many rows are above `row` in the tree; 0 at its top.
    pub fn depth(&self, row: RowIx) -> usize {
        self.rows.get(row.0).map_or(0, |row| row.depth)
    }

    /// How deep a line is drawn.
    pub fn line_depth(&self, line: Line) -> usize {
        match line {
            Line::Row(row) => self.depth(row),
            Line::More { below, .. } | Line::Waiting { below } => below.map_or(0, |row| self.depth(row) + 1),
        }
    }

    pub fn is_open(&self, row: RowIx) -> bool {
        self.rows.get(row.0).is_some_and(|row| row.is_open)
    }

    /// Whether nothing hangs below `row`.
    pub fn is_leaf(&self, row: RowIx) -> bool {
        self.rows.get(row.0).is_some_and(|row| row.branch.total == Some(0))
    }

    /// Whether the same object occurs above `row` as well.
    pub fn repeats_ancestor(&self, row: RowIx) -> bool {
        self.rows.get(row.0).is_some_and(|row| row.repeats_ancestor)
    }

    pub fn step(&mut self, step: Step, window: usize) {
        self.cursor.step(step, self.lines.len(), window);
    }

    pub fn click(&mut self, y: u16, window: usize) -> Click {
        self.cursor.click(y, self.lines.len(), window)
    }

    pub fn fit(&mut self, window: usize) {
        self.cursor.fit(self.lines.len(), window);
    }

    /// Opens the chosen row, or moves to the first row below it if it is open; fetches more on a `More` line.
    pub fn open_chosen(&mut self, window: usize) {
        match self.chosen_line() {
            Some(Line::Row(row)) if self.is_open(row) => {
                let has_rows_below = self
                    .lines
                    .get(self.cursor.at + 1)
                    .is_some_and(|&next| self.line_depth(next) == self.depth(row) + 1);
                if has_rows_below {
                    self.step(Step::Down, window);
                }
            }
            Some(Line::Row(row)) => self.open(row, window),
            Some(Line::More { below, .. }) => {
                self.want(below);
                self.rebuild(window);
            }
            Some(Line::Waiting { .. }) | None => {}
        }
    }

    /// Closes the chosen row, or moves to the row it hangs below if there is nothing to close.
    pub fn close_chosen(&mut self, window: usize) {
        let below = match self.chosen_line() {
            Some(Line::Row(row)) if self.is_open(row) => {
                self.rows[row.0].is_open = false;
                self.rebuild(window);
                return;
            }
            Some(Line::Row(row)) => self.rows[row.0].below,
            Some(Line::More { below, .. } | Line::Waiting { below }) => below,
            None => None,
        };
        if let Some(at) = below.and_then(|row| self.place_of(row)) {
            self.cursor.choose(at, self.lines.len(), window);
        }
    }

    /// Opens the chosen row if it is closed, closes it if it is open.
    pub fn toggle_chosen(&mut self, window: usize) {
        match self.chosen_line() {
            Some(Line::Row(row)) if self.is_open(row) => self.close_chosen(window),
            _ => self.open_chosen(window),
        }
    }

    /// Forgets what was asked for, so that it is asked for again: its answer may have been dropped.
    pub fn forget_asked(&mut self) {
        self.asked = None;
    }

    /// The page to fetch next: below which row (`None`: at the top), and which of the engine's rows.
    pub fn wanted(&self) -> Option<(Option<&T>, Range<usize>)> {
        if self.asked.is_some() {
            return None;
        }
        let below = *self.pending.first()?;
        let branch = self.branch(below);
        Some((branch.item.as_ref(), branch.n_fetched..branch.n_fetched + PAGE))
    }

    /// Notes that what [`Tree::wanted`] named was asked for.
    pub fn ask(&mut self, ticket: Ticket) {
        self.asked = self.pending.first().map(|&below| (ticket, below));
    }

    pub fn waits_for(&self, ticket: Ticket) -> bool {
        self.asked.is_some_and(|(asked, _)| asked == ticket)
    }

    /// Takes the page that was asked for; `total` rows hang below that row in all.
    pub fn accept(&mut self, items: &[Item<T>], total: usize, window: usize) {
        let Some((_, below)) = self.asked.take() else { return };
        self.pending.retain(|&pending| pending != below);
        let pinned = self.branch(below).pinned;
        for item in items {
            if Some(item.item.object()) != pinned {
                self.push(below, item.clone());
            }
        }
        let branch = self.branch_mut(below);
        branch.n_fetched += items.len();
        // An empty page means there is no more, whatever was promised.
        branch.total = Some(if items.is_empty() { branch.rows.len() } else { total });
        self.rebuild(window);
    }

    fn open(&mut self, row: RowIx, window: usize) {
        self.rows[row.0].is_open = true;
        let branch = &self.rows[row.0].branch;
        if branch.n_fetched == 0 && branch.pinned.is_none() && branch.total != Some(0) {
            self.want(Some(row));
        }
        self.rebuild(window);
    }

    fn want(&mut self, below: Option<RowIx>) {
        if !self.pending.contains(&below) {
            self.pending.push(below);
        }
    }

    fn push(&mut self, below: Option<RowIx>, item: Item<T>) -> RowIx {
        let Item { item, n_below } = item;
        let depth = below.map_or(0, |row| self.depth(row) + 1);
        let mut ancestor = below;
        let mut repeats_ancestor = false;
        while let Some(above) = ancestor {
            repeats_ancestor |= self.item(above).is_some_and(|above| above.object() == item.object());
            ancestor = self.rows[above.0].below;
        }
        let row = RowIx(self.rows.len());
        let branch = Branch { total: Some(n_below), ..Branch::new(Some(item)) };
        self.rows.push(Row { below, depth, repeats_ancestor, is_open: false, branch });
        self.branch_mut(below).rows.push(row);
        row
    }

    fn branch(&self, below: Option<RowIx>) -> &Branch<T> {
        below.map_or(&self.top, |row| &self.rows[row.0].branch)
    }

    fn branch_mut(&mut self, below: Option<RowIx>) -> &mut Branch<T> {
        match below {
            None => &mut self.top,
            Some(row) => &mut self.rows[row.0].branch,
        }
    }

    fn place_of(&self, row: RowIx) -> Option<usize> {
        self.lines.iter().position(|&line| line == Line::Row(row))
    }

    /// Lays the lines out anew; the chosen row stays chosen wherever it goes.
    fn rebuild(&mut self, window: usize) {
        let chosen = self.chosen_line();
        self.flatten();
        let at = match chosen {
            Some(Line::Row(row)) => self.place_of(row).unwrap_or(self.cursor.at),
            _ => self.cursor.at,
        };
        self.cursor.choose(at, self.lines.len(), window);
    }

    /// No recursion: a linked list opened all the way down is as deep as it is long.
    fn flatten(&mut self) {
        let mut lines = Vec::with_capacity(self.lines.len());
        let mut open = vec![(None, 0)];
        while let Some((below, place)) = open.pop() {
            let branch = self.branch(below);
            if let Some(&row) = branch.rows.get(place) {
                lines.push(Line::Row(row));
                open.push((below, place + 1));
                if self.is_open(row) {
                    open.push((Some(row), 0));
                }
            } else if self.pending.contains(&below) {
                lines.push(Line::Waiting { below });
            } else if branch.n_missing() > 0 {
                lines.push(Line::More { below, n_rows: branch.n_missing() });
            }
        }
        self.lines = lines;
    }
}

#[cfg(test)]
mod tests;
