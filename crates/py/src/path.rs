//! Paths as people write them.

use std::env::home_dir;
use std::path::{Path, PathBuf};

use pyo3::prelude::*;
use pyo3::types::PyString;

/// The path given. In a `str` a leading `~/` is the home folder, as in a shell; a `Path` is taken as it is.
pub fn path_given(given: &Bound<'_, PyAny>) -> PyResult<PathBuf> {
    let path: PathBuf = given.extract()?;
    if !given.is_instance_of::<PyString>() {
        return Ok(path);
    }
    Ok(at_home(&path).unwrap_or(path))
}

fn at_home(path: &Path) -> Option<PathBuf> {
    let below = path.strip_prefix("~").ok()?;
    Some(home_dir().filter(|home| !home.as_os_str().is_empty())?.join(below))
}
