//! The open file that a snapshot or an index is read from. Nothing is mapped: bytes are copied out when they are asked
//! for, and whoever writes to the file afterwards changes nothing that was read.

use std::fs::{File, Metadata, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use crate::error::SnapshotError;
use crate::stamp::Stamp;

/// A regular file that is open for reading, and what it was when it was opened.
#[derive(Debug)]
pub(crate) struct SourceFile {
    file: File,
    path: PathBuf,
    len: u64,
    stamp: Option<Stamp>,
}

impl SourceFile {
    /// Opens `path` without waiting for anybody: pipes, sockets and devices are refused.
    pub(crate) fn open(path: &Path) -> Result<Self, SnapshotError> {
        // A device may do something merely because it is opened.
        refuse_others(&path.metadata()?)?;
        let mut options = OpenOptions::new();
        options.read(true);
        // Whatever took the file's place since must not be waited for either.
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, libc::O_NONBLOCK);
        let file = options.open(path)?;
        let metadata = file.metadata()?;
        refuse_others(&metadata)?;
        Ok(Self { file, path: path.to_owned(), len: metadata.len(), stamp: Stamp::of(&metadata) })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Bytes of the file when it was opened.
    pub(crate) fn len(&self) -> u64 {
        self.len
    }

    pub(crate) fn stamp(&self) -> Option<Stamp> {
        self.stamp
    }

    /// Fills `bytes` with what stands at `offset`.
    pub(crate) fn read(&self, bytes: &mut [u8], offset: u64) -> Result<(), SnapshotError> {
        read_exact_at(&self.file, bytes, offset).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => SnapshotError::Changed,
            _ => error.into(),
        })
    }

    /// The `len` bytes at `offset`, in memory that there is.
    pub(crate) fn bytes(&self, offset: u64, len: u64) -> Result<Vec<u8>, SnapshotError> {
        let mut bytes = Vec::new();
        self.read_into(&mut bytes, offset, len)?;
        Ok(bytes)
    }

    /// Replaces what is in `buffer` by the `len` bytes at `offset`.
    pub(crate) fn read_into(&self, buffer: &mut Vec<u8>, offset: u64, len: u64) -> Result<(), SnapshotError> {
        let len = usize::try_from(len).map_err(|_| SnapshotError::no_memory(len))?;
        buffer.clear();
        buffer.try_reserve_exact(len).map_err(|_| SnapshotError::no_memory(len as u64))?;
        buffer.resize(len, 0);
        self.read(buffer, offset)
    }

    /// The reason behind `failure`: that the file was written to or cut since it was opened, if it was.
    pub(crate) fn explain(&self, failure: SnapshotError) -> SnapshotError {
        let is_of_content = matches!(
            failure,
            SnapshotError::Damaged { .. } | SnapshotError::Truncated { .. } | SnapshotError::NotASnapshot
        );
        if is_of_content && self.has_changed() { SnapshotError::Changed } else { failure }
    }

    fn has_changed(&self) -> bool {
        let Ok(now) = self.file.metadata() else { return false };
        now.len() != self.len || Stamp::of(&now) != self.stamp
    }
}

fn refuse_others(found: &Metadata) -> Result<(), SnapshotError> {
    if found.is_dir() {
        return Err(SnapshotError::IsDirectory);
    }
    if found.is_file() { Ok(()) } else { Err(SnapshotError::NotRegular { found: kind(found) }) }
}

#[cfg(unix)]
fn kind(found: &Metadata) -> &'static str {
    use std::os::unix::fs::FileTypeExt;

    let file_type = found.file_type();
    if file_type.is_fifo() {
        "a pipe"
    } else if file_type.is_socket() {
        "a socket"
    } else {
        "a device"
    }
}

#[cfg(not(unix))]
fn kind(_found: &Metadata) -> &'static str {
    "something that is no regular file"
}

#[cfg(unix)]
fn read_exact_at(file: &File, bytes: &mut [u8], offset: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, bytes, offset)
}

#[cfg(windows)]
fn read_exact_at(file: &File, mut bytes: &mut [u8], mut offset: u64) -> io::Result<()> {
    while !bytes.is_empty() {
        let n_read = std::os::windows::fs::FileExt::seek_read(file, bytes, offset)?;
        if n_read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        bytes = &mut bytes[n_read..];
        offset += n_read as u64;
    }
    Ok(())
}
