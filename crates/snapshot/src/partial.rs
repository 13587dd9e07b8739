//! Files that are not yet whole: a hidden name beside the final one, locked while somebody writes.
//!
//! The lock tells a writer at work from one that was killed, also of another container; its file is removed by the
//! next that writes into the folder. Where the file system knows no locks, files are left alone.

use std::ffi::OsStr;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::Path;

use tempfile::NamedTempFile;

const SUFFIX: &str = ".partial";
/// A new file may be taken for one that was left behind before it is locked; then another is made.
const MOST_TRIES: usize = 16;

/// Starts a file in `folder`, mode 0600, and removes those whose names begin with `family` and whose writers are gone.
/// `prefix` begins with `family`.
pub(crate) fn create(folder: &Path, family: &str, prefix: &str) -> io::Result<NamedTempFile> {
    remove_abandoned(folder, family);
    for _ in 0..MOST_TRIES {
        // tempfile opens with O_EXCL and mode 0600 on Unix.
        let file =
            tempfile::Builder::new().prefix(prefix).suffix(SUFFIX).tempfile_in(folder).map_err(plain)?;
        match file.as_file().try_lock() {
            Ok(()) if is_removed(file.as_file()) => {}
            Err(TryLockError::WouldBlock) => {}
            Ok(()) | Err(TryLockError::Error(_)) => return Ok(file),
        }
    }
    Err(io::Error::other("a file to write to was removed again and again while it was made"))
}

/// The error without the hidden name, which means nothing to whoever reads it.
fn plain(error: io::Error) -> io::Error {
    let number = match error.kind() {
        io::ErrorKind::NotFound => 2,
        io::ErrorKind::PermissionDenied => 13,
        io::ErrorKind::StorageFull => 28,
        io::ErrorKind::ReadOnlyFilesystem => 30,
        _ => return error,
    };
    if cfg!(unix) { io::Error::from_raw_os_error(number) } else { error }
}

/// Removes files of the family that nobody writes.
fn remove_abandoned(folder: &Path, family: &str) {
    let is_partial = |name: &OsStr| {
        let name = name.to_string_lossy();
        name.starts_with(family) && name.ends_with(SUFFIX)
    };
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if is_partial(&entry.file_name())
            && let Some(file) = abandoned(&entry.path())
        {
            let _ = fs::remove_file(entry.path());
            drop(file);
        }
    }
}

/// The file at `path`, locked, if nobody else has locked it.
fn abandoned(path: &Path) -> Option<File> {
    // Opening a pipe would wait for its other end.
    path.symlink_metadata().ok().filter(fs::Metadata::is_file)?;
    let file = File::open(path).ok()?;
    file.try_lock().ok()?;
    Some(file)
}

#[cfg(unix)]
fn is_removed(file: &File) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    file.metadata().is_ok_and(|found| found.nlink() == 0)
}

/// There what is open cannot be removed.
#[cfg(not(unix))]
fn is_removed(_: &File) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap().flatten();
        entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
    }

    #[test]
    fn what_a_killed_writer_left_goes_and_what_is_being_written_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::write(path(".ours-1-abc.partial"), "left behind").unwrap();
        fs::write(path(".ours-1-abc.other"), "no partial file").unwrap();
        fs::write(path(".theirs-1-abc.partial"), "of another family").unwrap();
        let first = create(folder.path(), ".ours-", ".ours-2-").unwrap();
        let second = create(folder.path(), ".ours-", ".ours-3-").unwrap();
        assert!(first.path().exists() && second.path().exists());
        assert_eq!(names(folder.path()).len(), 4);
        assert!(!path(".ours-1-abc.partial").exists());
        // A writer that is killed closes its file and removes nothing.
        let (file, kept) = first.keep().unwrap();
        drop(file);
        let third = create(folder.path(), ".ours-", ".ours-4-").unwrap();
        assert!(!kept.exists());
        assert!(second.path().exists() && third.path().exists());
    }
}
