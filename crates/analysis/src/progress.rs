//! How far a long piece of work has come, and whether anyone still wants it.

/// Told of progress by long-running work; asked whether to go on.
pub trait Progress: Sync {
    /// `done` of `total` units of the phase called `name` are through.
    fn advance(&self, name: &str, done: u64, total: u64);

    /// Whether the work should stop; it then returns [`crate::AnalysisError::Cancelled`].
    fn cancelled(&self) -> bool {
        false
    }
}

/// Nobody listens.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Progress for Silent {
    fn advance(&self, _name: &str, _done: u64, _total: u64) {}
}
