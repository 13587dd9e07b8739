//! How a question ends whose answer stands in a part of the file that can no longer be read.
//!
//! Accessors of an open snapshot have no errors: nearly always there is none to tell. What they cannot read unwinds
//! the stack up to [`readable`], as if the question had never been asked: nothing half read is seen or kept.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::PathBuf;

use crate::error::SnapshotError;

/// The file, and why it cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("{}: {error}", path.display())]
pub struct Unreadable {
    pub path: PathBuf,
    pub error: SnapshotError,
}

impl Unreadable {
    /// Ends the question. No panic: no hook is run, nothing is printed.
    pub(crate) fn raise(self) -> ! {
        resume_unwind(Box::new(self))
    }
}

/// What `question` comes to, or why the file it is about cannot be read.
pub fn readable<T>(question: impl FnOnce() -> T) -> Result<T, Unreadable> {
    // Whatever was half done belongs to the question, or is a cell that stays empty.
    catch_unwind(AssertUnwindSafe(question)).map_err(|payload| match payload.downcast::<Unreadable>() {
        Ok(unreadable) => *unreadable,
        Err(panic) => resume_unwind(panic),
    })
}
