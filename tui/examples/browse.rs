//! Browses one snapshot: `cargo run -p heapview-tui --example browse -- snap.rkyv`.

use std::path::PathBuf;

use anyhow::Context;
use heapview_analysis::IndexUse;
use heapview_tui::Options;

fn main() -> anyhow::Result<()> {
    let path = std::env::args_os().nth(1).map(PathBuf::from).context("expected the path of a snapshot")?;
    heapview_tui::run(&path, None, Options::default(), IndexUse::None).map(|_| ())
}
