//! What can go wrong with a snapshot file.

use std::io;
use std::path::PathBuf;

/// Why a snapshot cannot be opened or written. Each message is one sentence; callers put the path before it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SnapshotError {
    #[error("{0}")]
    Io(#[from] io::Error),
    #[error("expected a snapshot file, found a directory")]
    IsDirectory,
    #[error("expected the name of a file, found something that is no regular file")]
    NotAFile,
    #[error("expected a snapshot file, found {found}")]
    NotRegular { found: &'static str },
    #[error("expected a snapshot, found an empty file")]
    Empty,
    #[error("not a heapview snapshot: it does not begin with heapview's signature")]
    NotASnapshot,
    #[error(
        "format version {found} is newer than version {supported}, the newest that this heapview reads: update heapview"
    )]
    NewerFormat { found: u32, supported: u32 },
    #[error("format version {found} is no longer read; this heapview reads version {supported}: dump again")]
    OlderFormat { found: u32, supported: u32 },
    #[error("truncated: the snapshot breaks off after {found} bytes, before its directory")]
    Truncated { found: u64 },
    #[error("damaged: {what}")]
    Damaged { what: String },
    #[error("the file was written to or cut while it was open: open it again")]
    Changed,
    #[error("{needed} bytes of memory cannot be had")]
    NoMemory { needed: u64 },
    #[error("expected a snapshot that {available} bytes of memory can hold, found one that takes {needed}")]
    TooLarge { needed: u64, available: u64 },
    #[error("opening was cancelled")]
    Cancelled,
    #[error("expected the name of a file, found an empty text")]
    NoName,
    #[error("expected a file, found links that lead back to themselves")]
    LinkLoop,
    #[error("expected a folder for files, found {}, which is the kernel's", .0.display())]
    KernelFolder(PathBuf),
    #[error(
        "expected a new name or a snapshot to replace, found another file: overwrite=True, or %heapdump -f, replaces it"
    )]
    WouldBeLost,
    #[error(
        "expected a new name or a snapshot to replace, found a file that cannot be read ({0}): overwrite=True, or \
         %heapdump -f, replaces it"
    )]
    MightBeLost(io::Error),
}

impl SnapshotError {
    pub(crate) fn damaged(what: impl Into<String>) -> Self {
        Self::Damaged { what: what.into() }
    }

    pub(crate) fn no_memory(needed: u64) -> Self {
        Self::NoMemory { needed }
    }
}
