//! The door that questions about an open heap go through: it has the errors that they have not.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use heapview_graph::Cancelled;
use heapview_snapshot::readable;

use crate::error::AnalysisError;

/// The answer to `question`, or why there is none: the file was written to or cut while it was open, or nobody wants the
/// answer any more.
///
/// A question that is not asked through this door unwinds the stack in these cases. What was half done is then dropped:
/// the heap is as it was before, and the same question asked again is answered as if it had never been asked.
pub fn ask<T>(question: impl FnOnce() -> T) -> Result<T, AnalysisError> {
    let answer = catch_unwind(AssertUnwindSafe(|| readable(question)));
    match answer {
        Ok(answer) => answer.map_err(AnalysisError::Unreadable),
        Err(payload) if payload.is::<Cancelled>() => Err(AnalysisError::Cancelled),
        Err(panic) => resume_unwind(panic),
    }
}
