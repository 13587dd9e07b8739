//! Where a snapshot goes that is to be called by a path: past links, and never over somebody's other file.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use crate::container::MAGIC;
use crate::error::SnapshotError;

/// Links followed before they count as a ring.
const MOST_LINKS: usize = 40;
/// The kernel's own folders: what is made there is no file.
const OF_KERNEL: [&str; 3] = ["/proc", "/sys", "/dev"];
/// Shared memory, an ordinary file system in spite of its place.
const SHARED_MEMORY: &str = "/dev/shm";

/// The place that a snapshot takes when it is whole.
#[derive(Clone, Debug)]
pub(crate) struct Destination {
    path: PathBuf,
    overwrites: bool,
}

impl Destination {
    /// The file that `path` stands for, links followed. What is there may be an older snapshot or an empty file; any
    /// other file only with `overwrites`.
    pub fn new(path: &Path, overwrites: bool) -> Result<Self, SnapshotError> {
        let destination = Self { path: without_links(path)?, overwrites };
        destination.check()?;
        Ok(destination)
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn folder(&self) -> &Path {
        match self.path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        }
    }

    /// Whether the place may be taken, as it is now.
    pub fn check(&self) -> Result<(), SnapshotError> {
        let folder = fs::canonicalize(self.folder());
        let is_kernels = |folder: &Path| {
            OF_KERNEL.iter().any(|kernels| folder.starts_with(kernels)) && !folder.starts_with(SHARED_MEMORY)
        };
        if folder.is_ok_and(|folder| is_kernels(&folder)) {
            return Err(SnapshotError::NotAFile);
        }
        match self.path.symlink_metadata() {
            Err(_) => Ok(()),
            Ok(found) if found.is_dir() => Err(SnapshotError::IsDirectory),
            Ok(found) if !found.is_file() => Err(SnapshotError::NotAFile),
            Ok(found) if self.overwrites || found.len() == 0 || is_snapshot(&self.path) => Ok(()),
            Ok(_) => Err(SnapshotError::ForeignFile),
        }
    }
}

/// The path that links at its end lead to, which need not exist.
fn without_links(path: &Path) -> Result<PathBuf, SnapshotError> {
    let mut path = path.to_owned();
    for _ in 0..MOST_LINKS {
        match path.symlink_metadata() {
            Ok(found) if found.is_symlink() => {
                let target = fs::read_link(&path)?;
                // An absolute target replaces the folder.
                path = path.parent().unwrap_or(Path::new("")).join(target);
            }
            _ => return Ok(path),
        }
    }
    Err(io::Error::other("expected the name of a file, found links that lead in a ring").into())
}

/// Whether the file begins as snapshots do.
fn is_snapshot(path: &Path) -> bool {
    let mut start = [0; MAGIC.len()];
    File::open(path).and_then(|mut file| file.read_exact(&mut start)).is_ok() && start == MAGIC
}
