//! How far a long piece of work has come, and whether anyone still wants it.

use heapview_graph::Cancel;

/// Told of progress by long-running work.
pub trait Progress: Sync {
    /// `done` of `total` units of the phase called `name` are through.
    fn advance(&self, name: &str, done: u64, total: u64);

    /// The token whose owner may stop the work; it then returns [`crate::AnalysisError::Cancelled`].
    fn cancel(&self) -> Cancel {
        Cancel::NEVER
    }
}

/// Nobody listens.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Progress for Silent {
    fn advance(&self, _name: &str, _done: u64, _total: u64) {}
}
