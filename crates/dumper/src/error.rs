//! What can go wrong with a dump.

use std::fmt;

use heapview_snapshot::SnapshotError;

/// Why no snapshot was written; nothing stands under the final name then.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DumpError {
    #[error("out of memory: {0}")]
    OutOfMemory(#[from] Shortage),
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

/// How much memory was missing, in bytes.
#[derive(Clone, Copy, Debug)]
pub struct Shortage {
    /// What was free when the dump began, if it was little; else 0.
    pub free: u64,
    /// What more is needed, at least.
    pub missing: u64,
}

impl fmt::Display for Shortage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // In tenths, rounded to where the sentence stays true.
        let megabytes = |tenths: u64| format!("{}.{} MiB", tenths / 10, tenths % 10);
        let missing = megabytes((self.missing * 10).div_ceil(1 << 20));
        match self.free {
            0 => write!(f, "at least {missing} more must be free"),
            free => {
                let free = megabytes(free * 10 / (1 << 20));
                write!(f, "at least {missing} more must be free than the {free} that were")
            }
        }
    }
}

impl std::error::Error for Shortage {}
