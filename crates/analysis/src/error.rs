//! What can go wrong between a file and an open heap.

use heapview_snapshot::SnapshotError;

/// Why a heap cannot be opened. One sentence; callers put the path before it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AnalysisError {
    #[error(transparent)]
    Snapshot(SnapshotError),
    #[error("opening was cancelled")]
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
