//! Browses one snapshot: `cargo run -p heapview-tui --example browse -- snap.rkyv`. Ends with 1 if opening was cancelled.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use heapview_analysis::IndexUse;
use heapview_tui::{Ending, Options};

fn main() -> anyhow::Result<ExitCode> {
    let path = std::env::args_os().nth(1).map(PathBuf::from).context("expected the path of a snapshot")?;
    Ok(match heapview_tui::run(&path, None, Options::default(), IndexUse::None)? {
        Ending::Left => ExitCode::SUCCESS,
        Ending::Cancelled => ExitCode::FAILURE,
    })
}
