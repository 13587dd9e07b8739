//! Whether a lock on a file is seen by everybody who may write to its folder.
//!
//! File systems of networks keep locks on the machine that took them, or pass them on, as they were mounted; and a
//! file system that runs as a program may do anything. There a lock that can be had says nothing.

use std::path::Path;

/// File systems that are no block device's and still belong to this kernel alone: tmpfs, overlayfs, btrfs, ZFS,
/// bcachefs.
#[cfg(target_os = "linux")]
const OF_THIS_KERNEL: [u64; 5] = [0x0102_1994, 0x794c_7630, 0x9123_683e, 0x2fc1_2fc1, 0xca45_1a4e];

/// Whether all who can write to the folder run on this kernel.
#[cfg(target_os = "linux")]
pub(crate) fn locks_are_seen_by_all(folder: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let Ok(metadata) = folder.metadata() else { return false };
    // What no block device has the kernel numbers by itself.
    libc::major(metadata.dev()) != 0 || kind(folder).is_some_and(|kind| OF_THIS_KERNEL.contains(&kind))
}

#[cfg(target_os = "linux")]
fn kind(folder: &Path) -> Option<u64> {
    let found = of(folder)?;
    // The field has another type on each architecture, and 32 bits that mean something.
    #[allow(clippy::unnecessary_cast, reason = "not everywhere")]
    Some(found.f_type as u64 & u64::from(u32::MAX))
}

#[cfg(target_os = "macos")]
pub(crate) fn locks_are_seen_by_all(folder: &Path) -> bool {
    of(folder).is_some_and(|found| found.f_flags & libc::MNT_LOCAL as u32 != 0)
}

#[cfg(any(target_os = "linux", target_os = "macos"))]
fn of(folder: &Path) -> Option<libc::statfs> {
    use std::os::unix::ffi::OsStrExt;
    let name = std::ffi::CString::new(folder.as_os_str().as_bytes()).ok()?;
    // SAFETY: `statfs` is made of numbers, for which zeros are good; the call fills it.
    unsafe {
        let mut found: libc::statfs = std::mem::zeroed();
        (libc::statfs(name.as_ptr(), &raw mut found) == 0).then_some(found)
    }
}

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
pub(crate) fn locks_are_seen_by_all(_folder: &Path) -> bool {
    false
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn only_what_belongs_to_this_kernel_will_do() {
        let folder = tempfile::tempdir().unwrap();
        assert!(locks_are_seen_by_all(folder.path()));
        assert!(!locks_are_seen_by_all(Path::new("/proc")));
        assert!(!locks_are_seen_by_all(&folder.path().join("absent")));
    }
}
