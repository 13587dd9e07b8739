//! Overview: the totals of the snapshot and its biggest objects.

use heapview_snapshot::ObjectIx;

use crate::answers::N_LEVELS;
use crate::command::{Answer, FreeWords, Overview, Question};
use crate::fact::Fact;
use crate::icicle;
use crate::layout::{FactsAndList, Room};
use crate::list::{Click, Cursor, Step};
use crate::ticket::Ticket;

/// Rows that the list keeps while there are facts to show.
const LIST_HEIGHT: u16 = 10;
/// With so many lines for facts, three of them can be spared for the icicle.
const FACTS_WITH_ICICLE: u16 = 8;

/// One line above the list.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FactLine {
    LookFirst,
    Memory,
    Legend,
    /// One level of the icicle, from 0.
    Icicle(usize),
    Unreachable,
    Warning,
    Roots,
    Holds,
    Process,
}

/// The most telling first: in a small terminal only the first ones show.
const FACTS: [FactLine; 8] = [
    FactLine::LookFirst,
    FactLine::Memory,
    FactLine::Legend,
    FactLine::Unreachable,
    FactLine::Warning,
    FactLine::Roots,
    FactLine::Holds,
    FactLine::Process,
];

#[derive(Clone, Default)]
pub struct SummaryScreen {
    overview: Fact<Overview>,
    /// How to free the biggest object.
    free_words: Fact<FreeWords>,
    cursor: Cursor,
}

impl SummaryScreen {
    pub fn overview(&self) -> Option<&Overview> {
        self.overview.get()
    }

    pub fn cursor(&self) -> Cursor {
        self.cursor
    }

    /// Whether it is known that there is something to do so that the biggest object goes.
    pub fn biggest_can_go(&self) -> bool {
        self.free_words.get().is_some_and(|words| words.leads_on)
    }

    /// The biggest objects, as far as they are known.
    pub fn biggest(&self) -> &[ObjectIx] {
        self.overview.get().map_or(&[], |overview| &overview.summary.biggest)
    }

    pub fn chosen(&self) -> Option<ObjectIx> {
        self.biggest().get(self.cursor.at).copied()
    }

    /// The facts, an empty line if there is room for one, and the list.
    pub fn layout(&self, room: Room) -> FactsAndList {
        let wanted = u16::try_from(self.fact_lines(room).len()).unwrap_or(u16::MAX).saturating_add(1);
        let facts = wanted.min(Self::most_facts(room));
        FactsAndList { facts, list: Room { width: room.width, height: room.height - facts } }
    }

    fn most_facts(room: Room) -> u16 {
        (room.height / 3).max(room.height.saturating_sub(LIST_HEIGHT))
    }

    /// What the lines above the list tell, in a room of this size.
    pub fn fact_lines(&self, room: Room) -> Vec<FactLine> {
        let n_lines = Self::most_facts(room);
        let mut lines = FACTS.to_vec();
        if self.overview().is_some_and(|overview| overview.summary.meta.warnings.is_empty()) {
            lines.retain(|line| *line != FactLine::Warning);
        }
        if n_lines >= FACTS_WITH_ICICLE
            && let Some(Overview { summary, blocks, .. }) = self.overview()
        {
            let levels = icicle::strips(blocks, summary.total_size, usize::from(room.width), N_LEVELS);
            let n_levels = levels.iter().take_while(|level| !level.is_empty()).count();
            lines.splice(3..3, (0..n_levels).map(FactLine::Icicle));
        }
        lines.truncate(usize::from(n_lines));
        lines
    }

    pub fn step(&mut self, step: Step, room: Room) {
        let n_rows = self.biggest().len();
        let window = self.layout(room).list.titled_rows();
        self.cursor.step(step, n_rows, window);
    }

    /// A click in column `x` and line `y` of `room`.
    pub fn click(&mut self, _x: u16, y: u16, room: Room) -> Click {
        let layout = self.layout(room);
        let Some(y) = y.checked_sub(layout.facts) else { return Click::Missed };
        let n_rows = self.biggest().len();
        self.cursor.click(y, n_rows, layout.list.titled_rows())
    }

    pub fn fit(&mut self, room: Room) {
        let n_rows = self.biggest().len();
        let window = self.layout(room).list.titled_rows();
        self.cursor.fit(n_rows, window);
    }

    pub fn ask(&mut self, _room: Room, ask: &mut dyn FnMut(Question) -> Ticket) {
        if self.overview.is_wanted() {
            self.overview.ask(ask(Question::Summary));
        }
        if let Some(biggest) = self.biggest().first().copied()
            && self.free_words.is_wanted()
        {
            self.free_words.ask(ask(Question::Free(biggest)));
        }
    }

    pub fn accept(&mut self, ticket: Ticket, answer: Answer, room: Room) {
        match answer {
            Answer::Summary(overview) if self.overview.waits_for(ticket) => {
                self.overview.accept(overview);
                self.fit(room);
            }
            Answer::Free(words) if self.free_words.waits_for(ticket) => self.free_words.accept(words),
            _ => {}
        }
    }

    pub fn forget_asked(&mut self) {
        self.overview.forget_asked();
        self.free_words.forget_asked();
    }
}
