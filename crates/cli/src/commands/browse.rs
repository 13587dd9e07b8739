//! `heapview SNAP`: the terminal browser.

use std::path::Path;

use heapview_analysis::IndexUse;
use heapview_tui::Options;

/// Opens the browser; returns when it is closed.
pub fn run(
    snapshot: &Path,
    baseline: Option<&Path>,
    options: Options,
    index_use: IndexUse,
) -> anyhow::Result<u8> {
    heapview_tui::run(snapshot, baseline, options, index_use)?;
    Ok(0)
}
