//! How many rows and columns each part of the screen gets, in plain numbers: `update` scrolls by them and
//! `view` draws by them.

/// Lines above the body: the tabs and the title.
pub const HEADER: u16 = 2;
/// Lines below the body: the status and the keys.
pub const FOOTER: u16 = 2;

/// Width and height of the terminal or of a part of it, in cells.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Room {
    pub width: u16,
    pub height: u16,
}

impl Room {
    /// What is left for a screen in a terminal of this size.
    #[must_use]
    pub fn body(self) -> Self {
        Self { width: self.width, height: self.height.saturating_sub(HEADER + FOOTER) }
    }

    /// Rows of a list that has one line of column titles above it.
    pub fn titled_rows(self) -> usize {
        usize::from(self.height.saturating_sub(1)).max(1)
    }
}

/// A screen of facts above one list.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FactsAndList {
    pub facts: u16,
    pub list: Room,
}

impl FactsAndList {
    /// At most `n_facts` lines of facts and an empty line; the list keeps two thirds of a small room.
    pub fn of(room: Room, n_facts: usize) -> Self {
        let wanted = u16::try_from(n_facts).unwrap_or(u16::MAX).saturating_add(1);
        let facts = wanted.min((room.height / 3).max(room.height.saturating_sub(14)));
        Self { facts, list: Room { width: room.width, height: room.height - facts } }
    }
}

/// The lists of a screen with some lines of text beside or below them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ListsAndNote {
    pub lists: Room,
    /// Where the note begins.
    pub x: u16,
    pub y: u16,
    pub note: Room,
}

impl ListsAndNote {
    /// Beside the lists where both are wide enough, else below; in a very low room the note has none. Below them it
    /// has a third of the room, and what the lists do not need: `n_lines` in so many cells, `n_rows` of lists.
    pub fn of(room: Room, n_lines: impl FnOnce(usize) -> usize, n_rows: impl FnOnce(Room) -> usize) -> Self {
        if room.width >= BESIDE_WIDTH {
            let width = room.width * 2 / 5;
            let lists = Room { width: room.width - width - 1, height: room.height };
            return Self { lists, x: lists.width + 1, y: 0, note: Room { width, height: room.height } };
        }
        let wanted = u16::try_from(n_lines(usize::from(room.width))).unwrap_or(u16::MAX);
        let third = Room { height: room.height - room.height / 3, ..room };
        let needed = u16::try_from(n_rows(third)).unwrap_or(u16::MAX);
        let most = (room.height / 3).max(room.height.saturating_sub(needed));
        let height = if room.height < NOTE_HEIGHT { 0 } else { wanted.min(most) };
        let lists = Room { width: room.width, height: room.height - height };
        Self { lists, x: 0, y: lists.height, note: Room { width: room.width, height } }
    }
}

/// Two lists, one of which the keys move in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Panes {
    /// Left and right.
    Beside { left: Room, right: Room },
    /// Upper and lower.
    Stacked { upper: Room, lower: Room },
    /// Only the one that the keys move in.
    One(Room),
}

/// Narrower than this, two lists beside each other would cut every name.
const BESIDE_WIDTH: u16 = 120;
/// Lower than this, two lists above each other would show three rows each.
const STACKED_HEIGHT: u16 = 14;

/// Lower than this, a note below a list would leave the list five rows.
const NOTE_HEIGHT: u16 = 9;

impl Panes {
    /// Beside each other where both are wide enough, else above each other, else one.
    pub fn of(room: Room, n_first_rows: usize, n_second_rows: usize) -> Self {
        if room.width < BESIDE_WIDTH {
            return Self::stacked(room, n_first_rows, n_second_rows);
        }
        let left = (room.width - 1) / 2;
        Self::Beside {
            left: Room { width: left, height: room.height },
            right: Room { width: room.width - 1 - left, height: room.height },
        }
    }

    /// Lines that [`Panes::stacked`] needs to show all rows in two panes, or those of the pane shown in one.
    pub fn stacked_need(room: Room, n_upper_rows: usize, n_lower_rows: usize, n_shown_rows: usize) -> usize {
        if room.height < STACKED_HEIGHT {
            return n_shown_rows.saturating_add(2);
        }
        let needed = |n_rows: usize| n_rows.saturating_add(2).max(4);
        usize::from(STACKED_HEIGHT).max(needed(n_upper_rows).saturating_add(needed(n_lower_rows)))
    }

    /// One above the other; each has half of the room, or what the other one does not need.
    pub fn stacked(room: Room, n_upper_rows: usize, n_lower_rows: usize) -> Self {
        if room.height < STACKED_HEIGHT {
            return Self::One(room);
        }
        let needed = |n_rows: usize| u16::try_from(n_rows).unwrap_or(u16::MAX).saturating_add(2).max(4);
        let half = room.height / 2;
        let upper = needed(n_upper_rows).min(half.max(room.height.saturating_sub(needed(n_lower_rows))));
        Self::Stacked {
            upper: Room { width: room.width, height: upper },
            lower: Room { width: room.width, height: room.height - upper },
        }
    }

    /// Which pane is at (`x`, `y`), and which of its lines.
    pub fn at(self, shown_alone: Focus, x: u16, y: u16) -> (Focus, u16) {
        match self {
            Self::Beside { left, .. } if x < left.width => (Focus::First, y),
            Self::Beside { .. } => (Focus::Second, y),
            Self::Stacked { upper, .. } if y < upper.height => (Focus::First, y),
            Self::Stacked { upper, .. } => (Focus::Second, y - upper.height),
            Self::One(_) => (shown_alone, y),
        }
    }

    /// The first and the second pane; where only one is shown they are the same.
    pub fn rooms(self) -> (Room, Room) {
        match self {
            Self::Beside { left, right } => (left, right),
            Self::Stacked { upper, lower } => (upper, lower),
            Self::One(room) => (room, room),
        }
    }
}

/// Which of two panes the keys move in.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Focus {
    #[default]
    First,
    Second,
}

impl Focus {
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::First => Self::Second,
            Self::Second => Self::First,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_gets_the_room_that_the_other_does_not_need() {
        let room = Room { width: 80, height: 20 };
        let heights = |n_upper, n_lower| {
            let (upper, lower) = Panes::stacked(room, n_upper, n_lower).rooms();
            (upper.height, lower.height)
        };
        assert_eq!(heights(1, 100), (4, 16));
        assert_eq!(heights(100, 1), (16, 4));
        assert_eq!(heights(100, 100), (10, 10));
        assert_eq!(heights(usize::MAX, usize::MAX), (10, 10));
        assert_eq!(heights(0, 0), (4, 16));
    }

    #[test]
    fn facts_leave_most_of_a_small_room_to_the_list() {
        let facts = |height| FactsAndList::of(Room { width: 80, height }, 5).facts;
        assert_eq!([0, 1, 11, 20, 26, 100].map(facts), [0, 0, 3, 6, 6, 6]);
    }
}
