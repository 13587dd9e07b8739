//! A file that is not yet whole: it has a hidden name, and a lock as long as somebody writes it.
//!
//! The lock is the kernel's (`flock`), so it goes with the writer however that ends, and it is seen from other
//! containers and process namespaces, where the writer's number would say nothing.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::Path;
use std::process;

use tempfile::TempPath;

use crate::container;
use crate::destination::{Destination, Found, open_as_it_is, signature, sync_folder};
use crate::error::SnapshotError;
use crate::file_system::locks_are_seen_by_all;
use crate::index;
use crate::size_limit::SizeSignal;

const PREFIX: &str = ".heapview-";
const SUFFIX: &str = ".partial";
/// Names tried: one may be taken, and another dump may tidy up just before the lock is there.
const ATTEMPTS: u32 = 100;

/// A file that grows; dropped before it is published, it is removed.
#[derive(Debug)]
pub(crate) struct Partial {
    file: File,
    place: TempPath,
}

impl Partial {
    /// Creates a file in the folder, with mode 0600 and locked. The token is part of its name.
    pub(crate) fn create(folder: &Path, token: &str) -> io::Result<Self> {
        let start = prefix(process::id(), token);
        for attempt in 0..ATTEMPTS {
            let place = folder.join(format!("{start}{attempt}{SUFFIX}"));
            let file = match open_new(&place) {
                Err(error) if error.kind() == ErrorKind::AlreadyExists => continue,
                file => file?,
            };
            let created = Self { file, place: TempPath::try_from_path(place)? };
            match created.file.try_lock() {
                // Who tidies up has it, or had it before.
                Err(fs::TryLockError::WouldBlock) => {}
                Ok(()) if !created.place.exists() => {}
                // The error is that of a file system without locks, where nobody tidies up.
                Ok(()) | Err(fs::TryLockError::Error(_)) => return Ok(created),
            }
        }
        Err(io::Error::other("no name is free for the file while it grows"))
    }

    #[cfg(test)]
    pub(crate) fn unwritable(self) -> Self {
        Self { file: File::open(&self.place).unwrap(), ..self }
    }

    pub(crate) fn file(&mut self) -> &mut File {
        &mut self.file
    }

    /// Writes everything, or says why not: a limit on the size of files is an error like others.
    pub(crate) fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        let _held = SizeSignal::hold();
        self.file.write_all(bytes)
    }

    /// Waits until the disk has the file, and gives it its name if that may still be taken.
    pub(crate) fn publish(self, destination: &Destination) -> Result<(), SnapshotError> {
        self.file.sync_all()?;
        // The lock is held until the name is taken.
        let Self { file: _file, mut place } = self;
        if destination.check()? == Found::Nothing {
            match place.persist_noclobber(destination.path()) {
                Ok(()) => return Ok(sync_folder(destination.path())?),
                // Somebody has taken the name meanwhile, or the file system cannot do this.
                Err(refused) => place = refused.path,
            }
            destination.check()?;
        }
        place.persist(destination.path()).map_err(|failed| failed.error)?;
        Ok(sync_folder(destination.path())?)
    }

    /// As [`Partial::publish`], over whatever has the name, and without waiting for the folder.
    pub(crate) fn replace(self, path: &Path) -> io::Result<()> {
        self.file.sync_all()?;
        let Self { file: _file, place } = self;
        place.persist(path).map_err(|failed| failed.error)
    }
}

/// Removes the files of ours in the folder that nobody writes any more; none where locks do not tell.
pub(crate) fn remove_abandoned(folder: &Path) {
    if !locks_are_seen_by_all(folder) {
        return;
    }
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let is_partial =
            entry.file_name().to_str().is_some_and(|name| name.starts_with(PREFIX) && name.ends_with(SUFFIX));
        if is_partial {
            remove_if_abandoned(&entry.path());
        }
    }
}

/// `None` if it is not ours, or somebody writes it.
fn remove_if_abandoned(place: &Path) -> Option<()> {
    let file = open_as_it_is(place).ok()?;
    if !is_ours(&file.metadata().ok()?) {
        return None;
    }
    file.try_lock().ok()?;
    // Of a file so young that it has neither lock nor content the writer sees that it is gone, and makes another.
    let start = signature(&file).ok()?;
    let is_partial = start.is_empty() || start == container::MAGIC || start == index::MAGIC;
    is_partial.then(|| fs::remove_file(place).ok())?
}

/// Removes the files that the process `pid`, which has ended, was writing under this token.
pub(crate) fn remove_of(folder: &Path, pid: u32, token: &str) {
    let start = prefix(pid, token);
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_name().to_str().is_some_and(|name| name.starts_with(&start)) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

fn prefix(pid: u32, token: &str) -> String {
    format!("{PREFIX}{pid}-{token}-")
}

fn open_new(place: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(place)
}

#[cfg(unix)]
fn is_ours(metadata: &Metadata) -> bool {
    // SAFETY: only asks.
    metadata.is_file() && std::os::unix::fs::MetadataExt::uid(metadata) == unsafe { libc::geteuid() }
}

#[cfg(not(unix))]
fn is_ours(_metadata: &Metadata) -> bool {
    false
}
