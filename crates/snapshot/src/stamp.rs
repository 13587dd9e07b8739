//! What tells one snapshot from another, and a file that was written to from one that was not.

use std::fs::Metadata;

/// Names the content of a snapshot.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct SnapshotKey {
    /// Bytes of the file.
    pub len: u64,
    /// Checksum of its directory.
    pub directory: u64,
}

/// What the file system knows of a file. As long as it stays the same, nobody has written to the file.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(crate) struct Stamp {
    pub inode: u64,
    /// Last write, in nanoseconds since 1970.
    pub modified: u64,
    /// Last change of content, name or rights, in nanoseconds since 1970. No tool sets it.
    pub changed: u64,
}

impl Stamp {
    /// `None` where the file system does not tell as much: the file is then checked at each opening.
    #[cfg(unix)]
    pub(crate) fn of(metadata: &Metadata) -> Option<Self> {
        use std::os::unix::fs::MetadataExt;
        let nanoseconds = |seconds: i64, rest: i64| {
            seconds.checked_mul(1_000_000_000)?.checked_add(rest).map(i64::cast_unsigned)
        };
        Some(Self {
            inode: metadata.ino(),
            modified: nanoseconds(metadata.mtime(), metadata.mtime_nsec())?,
            changed: nanoseconds(metadata.ctime(), metadata.ctime_nsec())?,
        })
    }

    #[cfg(not(unix))]
    pub fn of(_metadata: &Metadata) -> Option<Self> {
        None
    }
}
