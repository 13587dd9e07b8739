//! Which row of a list is chosen and which rows are in the window; knows nothing of what the rows are.

/// One movement of the chosen row.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step {
    Up,
    Down,
    PageUp,
    PageDown,
    First,
    Last,
}

/// What a click did to a list.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Click {
    /// There is no row.
    Missed,
    Chosen,
    /// The row was chosen before: the second click of a double-click, say.
    Again,
}

/// The chosen row and the first row of the window. Both are 0 while a list is empty.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Cursor {
    pub at: usize,
    pub top: usize,
}

impl Cursor {
    /// Moves by `step` in a list of `n_rows` of which `window` rows are seen at once.
    pub fn step(&mut self, step: Step, n_rows: usize, window: usize) {
        let page = window.saturating_sub(1).max(1);
        self.at = match step {
            Step::Up => self.at.saturating_sub(1),
            Step::Down => self.at.saturating_add(1),
            Step::PageUp => self.at.saturating_sub(page),
            Step::PageDown => self.at.saturating_add(page),
            Step::First => 0,
            Step::Last => usize::MAX,
        };
        self.fit(n_rows, window);
    }

    /// Chooses row `at`.
    pub fn choose(&mut self, at: usize, n_rows: usize, window: usize) {
        self.at = at;
        self.fit(n_rows, window);
    }

    /// Chooses the row in line `y` of a list that has one line of titles above `window` rows.
    pub fn click(&mut self, y: u16, n_rows: usize, window: usize) -> Click {
        let Some(line) = usize::from(y).checked_sub(1).filter(|line| *line < window) else {
            return Click::Missed;
        };
        let at = self.top + line;
        if at >= n_rows {
            return Click::Missed;
        }
        let is_chosen = self.at == at;
        self.choose(at, n_rows, window);
        if is_chosen { Click::Again } else { Click::Chosen }
    }

    /// Brings both back into a list of `n_rows`, with the chosen row inside the window and no room wasted.
    pub fn fit(&mut self, n_rows: usize, window: usize) {
        let window = window.max(1);
        self.at = self.at.min(n_rows.saturating_sub(1));
        self.top = self
            .top
            .min(n_rows.saturating_sub(window))
            .min(self.at)
            .max((self.at + 1).saturating_sub(window));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_follows_the_chosen_row() {
        let mut cursor = Cursor::default();
        for _ in 0..4 {
            cursor.step(Step::Down, 10, 3);
        }
        assert_eq!(cursor, Cursor { at: 4, top: 2 });
        cursor.step(Step::Up, 10, 3);
        assert_eq!(cursor, Cursor { at: 3, top: 2 });
        cursor.step(Step::Last, 10, 3);
        assert_eq!(cursor, Cursor { at: 9, top: 7 });
        cursor.step(Step::PageUp, 10, 3);
        assert_eq!(cursor, Cursor { at: 7, top: 7 });
        cursor.step(Step::First, 10, 3);
        assert_eq!(cursor, Cursor::default());
    }

    #[test]
    fn a_click_chooses_the_row_below_it_and_the_second_one_says_so() {
        let mut cursor = Cursor { at: 4, top: 3 };
        assert_eq!(cursor.click(0, 10, 3), Click::Missed);
        assert_eq!(cursor.click(4, 10, 3), Click::Missed);
        assert_eq!(cursor.click(3, 5, 3), Click::Missed);
        assert_eq!(cursor.click(3, 10, 3), Click::Chosen);
        assert_eq!(cursor, Cursor { at: 5, top: 3 });
        assert_eq!(cursor.click(3, 10, 3), Click::Again);
    }

    #[test]
    fn an_empty_list_has_its_cursor_at_zero() {
        let mut cursor = Cursor { at: 5, top: 3 };
        cursor.step(Step::Down, 0, 4);
        assert_eq!(cursor, Cursor::default());
    }

    #[test]
    fn a_taller_window_shows_rows_above_instead_of_nothing_below() {
        let mut cursor = Cursor { at: 9, top: 7 };
        cursor.fit(10, 8);
        assert_eq!(cursor, Cursor { at: 9, top: 2 });
        cursor.fit(10, 0);
        assert_eq!(cursor, Cursor { at: 9, top: 9 });
    }
}
