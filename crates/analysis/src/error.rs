//! What can go wrong between a file and an open heap.

use heapview_snapshot::{SnapshotError, Unreadable};

/// Why a heap cannot be opened, or a question about it not answered. One sentence; who opens puts the path before it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AnalysisError {
    #[error(transparent)]
    Snapshot(SnapshotError),
    /// It was open already; the sentence names the file.
    #[error(transparent)]
    Unreadable(Unreadable),
    #[error("the answer is no longer wanted")]
    Cancelled,
}

impl From<SnapshotError> for AnalysisError {
    fn from(error: SnapshotError) -> Self {
        match error {
            SnapshotError::Cancelled => Self::Cancelled,
            other => Self::Snapshot(other),
        }
    }
}
