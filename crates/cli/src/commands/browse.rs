//! `heapview SNAP`: the terminal browser.

use std::path::Path;

use heapview_analysis::IndexUse;
use heapview_tui::{Ending, Options};

/// As a shell says it of a program that was interrupted.
const CANCELLED: u8 = 130;

/// Opens the browser; returns when it is closed.
pub(crate) fn run(
    snapshot: &Path,
    baseline: Option<&Path>,
    options: Options,
    index_use: IndexUse,
) -> anyhow::Result<u8> {
    Ok(match heapview_tui::run(snapshot, baseline, options, index_use)? {
        Ending::Left => 0,
        Ending::Cancelled => CANCELLED,
    })
}
