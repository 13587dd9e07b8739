//! Where a snapshot is to stand: links are followed, the kernel's folders refused, other people's files spared.

use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::container;
use crate::error::SnapshotError;
use crate::partial;

/// As many as the kernel follows.
const MAX_LINKS: usize = 40;
/// What stands in them is no file, and creating one there, or replacing one, breaks other programs.
const OF_THE_KERNEL: [&str; 3] = ["/proc", "/sys", "/dev"];
/// Below one of them, and for files all the same.
const SHARED_MEMORY: &str = "/dev/shm";

/// A name for a snapshot that may be taken, as far as one could tell when it was chosen.
#[derive(Clone, Debug)]
pub struct Destination {
    /// Absolute; no link.
    path: PathBuf,
    overwrite: bool,
    /// Tells the files of this one from all others that the same process writes, or had written with its number.
    token: String,
}

/// What stands under the name now.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Found {
    Nothing,
    /// A file that may be replaced.
    Replaceable,
}

impl Destination {
    /// The file that `path` leads to. What is there must be a snapshot or empty; with `overwrite` any regular file
    /// will do.
    pub fn new(path: &Path, overwrite: bool) -> Result<Self, SnapshotError> {
        let path = follow(path)?;
        let path = std::path::absolute(&path).unwrap_or(path);
        let chosen = Self { path, overwrite, token: token() };
        chosen.check()?;
        Ok(chosen)
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where the snapshot grows under another name.
    pub(crate) fn folder(&self) -> &Path {
        folder(&self.path)
    }

    pub(crate) fn token(&self) -> &str {
        &self.token
    }

    /// Removes from the folder what dumps have left that were killed: files of ours that nobody writes any more.
    pub fn remove_abandoned(&self) {
        partial::remove_abandoned(self.folder());
    }

    /// Removes what the process `pid` has left of this very snapshot. It must have ended.
    pub fn remove_partial_of(&self, pid: u32) {
        partial::remove_of(self.folder(), pid, &self.token);
    }

    /// Whether the name may be taken at this moment.
    pub(crate) fn check(&self) -> Result<Found, SnapshotError> {
        let metadata = match self.path.symlink_metadata() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Found::Nothing),
            metadata => metadata?,
        };
        if metadata.is_dir() {
            return Err(SnapshotError::IsDirectory);
        }
        if !metadata.is_file() {
            return Err(SnapshotError::NotAFile);
        }
        if self.overwrite || metadata.len() == 0 {
            return Ok(Found::Replaceable);
        }
        match open_as_it_is(&self.path).and_then(|file| signature(&file)) {
            Ok(start) if start == container::MAGIC => Ok(Found::Replaceable),
            Ok(_) => Err(SnapshotError::WouldBeLost),
            Err(error) => Err(SnapshotError::MightBeLost(error)),
        }
    }
}

/// The folder that the name stands in.
pub(crate) fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// What `path` leads to, whether it exists or not.
fn follow(path: &Path) -> Result<PathBuf, SnapshotError> {
    if path.as_os_str().is_empty() {
        return Err(SnapshotError::NoName);
    }
    let mut place = path.to_owned();
    for _ in 0..=MAX_LINKS {
        let real = folder(&place).canonicalize()?;
        let is_the_kernels = OF_THE_KERNEL.iter().any(|of_the_kernel| real.starts_with(of_the_kernel))
            && !real.starts_with(SHARED_MEMORY);
        match place.symlink_metadata() {
            Ok(metadata) if metadata.is_symlink() => {
                let target = folder(&place).join(place.read_link()?);
                // What the kernel's own links say is no path if the file has none any more.
                if is_the_kernels && place.exists() && !is_same(&place, &target) {
                    return Err(SnapshotError::KernelFolder(real));
                }
                place = target;
            }
            _ if is_the_kernels => return Err(SnapshotError::KernelFolder(real)),
            _ => return Ok(place),
        }
    }
    Err(SnapshotError::LinkLoop)
}

#[cfg(unix)]
fn is_same(one: &Path, other: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let file = |path: &Path| path.metadata().ok().map(|metadata| (metadata.dev(), metadata.ino()));
    file(one) == file(other)
}

#[cfg(not(unix))]
fn is_same(_one: &Path, _other: &Path) -> bool {
    false
}

/// The signature that the file begins with, or as much as there is.
pub(crate) fn signature(file: &File) -> io::Result<Vec<u8>> {
    let mut start = Vec::new();
    file.take(container::MAGIC.len() as u64).read_to_end(&mut start)?;
    Ok(start)
}

/// Opens for reading what has this very name, without waiting for anybody.
pub(crate) fn open_as_it_is(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, libc::O_NONBLOCK | libc::O_NOFOLLOW);
    options.open(path)
}

/// A text that no other process has at the same time, unless it has the same number on another machine.
pub(crate) fn token() -> String {
    static TURN: AtomicU32 = AtomicU32::new(0);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    format!("{:x}-{:x}", now.as_nanos(), TURN.fetch_add(1, Ordering::Relaxed))
}

/// Makes the new name itself durable; a folder that cannot be opened for that is no reason to fail.
pub(crate) fn sync_folder(path: &Path) -> io::Result<()> {
    match File::open(folder(path)) {
        Ok(folder) => folder.sync_all(),
        Err(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::fd::AsRawFd;
    use std::os::unix::fs::symlink;

    use super::*;

    fn refusal(path: &Path) -> String {
        Destination::new(path, false).unwrap_err().to_string()
    }

    #[test]
    fn links_lead_to_where_they_lead() {
        let folder = tempfile::tempdir().unwrap();
        let (real, other) = (folder.path().join("real"), folder.path().join("other"));
        fs::create_dir(&real).unwrap();
        fs::create_dir(&other).unwrap();
        // Relative to the link's folder, through a second link, to a file that is not there yet.
        symlink("../other/second", real.join("first")).unwrap();
        symlink(real.join("snap.rkyv"), other.join("second")).unwrap();
        let chosen = Destination::new(&real.join("first"), false).unwrap();
        assert_eq!(chosen.path().canonicalize().ok(), None);
        assert_eq!(folder_of(chosen.path()), real.canonicalize().unwrap());
        assert_eq!(chosen.path().file_name().unwrap(), "snap.rkyv");
        symlink("loop", real.join("loop")).unwrap();
        assert!(refusal(&real.join("loop")).contains("lead back to themselves"));
    }

    fn folder_of(path: &Path) -> PathBuf {
        folder(path).canonicalize().unwrap()
    }

    #[test]
    fn what_is_no_snapshot_is_spared() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notes.txt");
        fs::write(&path, "dear diary").unwrap();
        assert!(refusal(&path).contains("overwrite=True"));
        assert_eq!(Destination::new(&path, true).unwrap().check().unwrap(), Found::Replaceable);
        fs::write(&path, container::header()).unwrap();
        assert_eq!(Destination::new(&path, false).unwrap().check().unwrap(), Found::Replaceable);
        fs::write(&path, "").unwrap();
        let chosen = Destination::new(&path, false).unwrap();
        // Somebody was faster: what is there now is no longer empty.
        fs::write(&path, "dear diary").unwrap();
        assert!(chosen.check().is_err());
        fs::remove_file(&path).unwrap();
        assert_eq!(chosen.check().unwrap(), Found::Nothing);
    }

    #[test]
    fn what_is_no_file_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        symlink("/dev/null", folder.path().join("null")).unwrap();
        for place in [Path::new("/dev/absent"), Path::new("/proc/self/fd/-"), &folder.path().join("null")] {
            assert!(refusal(place).contains("kernel"), "{}", refusal(place));
        }
        // A file that is open leads to its name, as long as it has one.
        let (named, path) = tempfile::NamedTempFile::new_in(&folder).unwrap().into_parts();
        let open = PathBuf::from(format!("/proc/self/fd/{}", named.as_raw_fd()));
        assert_eq!(Destination::new(&open, false).unwrap().path(), path.canonicalize().unwrap());
        path.close().unwrap();
        assert!(refusal(&open).contains("kernel"));
        assert!(refusal(Path::new("")).contains("empty"));
        for place in [folder.path(), Path::new("/"), Path::new("..")] {
            assert!(refusal(place).contains("directory"), "{}", refusal(place));
        }
        assert!(Destination::new(&Path::new(SHARED_MEMORY).join("absent.rkyv"), false).is_ok());
    }
}
