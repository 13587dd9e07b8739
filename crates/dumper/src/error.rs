//! What can go wrong with a dump.

use heapview_snapshot::SnapshotError;

/// Why no snapshot was written; nothing stands under the final name then.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DumpError {
    #[error("out of memory")]
    OutOfMemory,
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// What the child process said.
    #[error("{0}")]
    Child(String),
    /// What this interpreter does not allow.
    #[error("{0}")]
    Unsupported(&'static str),
    /// What an adapter raised was no `Exception`: Ctrl-C, or the end of the program.
    #[error("interrupted while adapters were asked: {0}")]
    Interrupted(#[from] pyo3::PyErr),
}
