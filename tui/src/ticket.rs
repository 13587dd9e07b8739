//! Which question an answer belongs to.

/// Names one question put to the engine; an answer whose ticket nobody waits for is dropped.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ticket(u64);

impl Ticket {
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    pub const fn number(self) -> u64 {
        self.0
    }

    /// The ticket of the next question.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}
