//! Placeholder.
use std::{ffi::OsString, process::ExitCode};
pub fn run(_: impl IntoIterator<Item = OsString>) -> ExitCode { ExitCode::SUCCESS }
