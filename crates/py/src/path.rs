//! Paths as people write them.

use std::env::home_dir;
#[cfg(unix)]
use std::ffi::OsStr;
#[cfg(unix)]
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};

/// The path given: a `str`, `bytes`, or what `os.fspath` makes one of these. In a `str` a leading `~/` is the home
/// folder, as in a shell; all else is taken as it is.
pub(crate) fn path_given(given: &Bound<'_, PyAny>) -> PyResult<PathBuf> {
    // SAFETY: the object is alive; a new reference, or null and an exception.
    let plain = unsafe { Bound::from_owned_ptr_or_err(given.py(), ffi::PyOS_FSPath(given.as_ptr())) }?;
    #[cfg(unix)]
    if let Ok(bytes) = plain.cast::<PyBytes>() {
        return Ok(PathBuf::from(OsStr::from_bytes(bytes.as_bytes())));
    }
    let path: PathBuf = plain.extract()?;
    if !given.is_instance_of::<PyString>() {
        return Ok(path);
    }
    Ok(at_home(&path).unwrap_or(path))
}

fn at_home(path: &Path) -> Option<PathBuf> {
    let below = path.strip_prefix("~").ok()?;
    Some(home_dir().filter(|home| !home.as_os_str().is_empty())?.join(below))
}
