//! Whether anybody still wants an answer.

use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// What the stack is unwound with when an answer is no longer wanted. No panic: no hook is run, nothing is printed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Cancelled;

/// A token that its owner takes back, and that long loops look at. Clones are the same token.
#[derive(Clone, Debug, Default)]
pub struct Cancel(Option<Arc<AtomicBool>>);

/// Rounds of a loop between two looks at the token.
const ROUNDS: usize = 1 << 12;

impl Cancel {
    /// A token that nobody takes back.
    pub const NEVER: Self = Self(None);

    pub fn new() -> Self {
        Self(Some(Arc::default()))
    }

    /// Takes the token back: who looks at it stops.
    pub fn cancel(&self) {
        if let Some(is_cancelled) = &self.0 {
            is_cancelled.store(true, Ordering::Relaxed);
        }
    }

    pub fn is_cancelled(&self) -> bool {
        self.0.as_ref().is_some_and(|is_cancelled| is_cancelled.load(Ordering::Relaxed))
    }

    /// Goes on, or unwinds the stack with [`Cancelled`]. The answer is then not known, and nothing else is different.
    #[inline]
    pub fn check(&self) {
        if self.is_cancelled() {
            resume_unwind(Box::new(Cancelled));
        }
    }

    /// As [`Cancel::check`], in some of the rounds of a loop: so often that nobody waits, so seldom that it costs nothing.
    #[inline]
    pub fn check_in(&self, round: usize) {
        if round.is_multiple_of(ROUNDS) {
            self.check();
        }
    }
}
