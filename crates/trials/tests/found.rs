//! Inputs of which one part of the engine or another once made too much: what `make fuzz` keeps in `.build/fuzz/broken`.
#![cfg(unix)]

use std::fs;
use std::path::Path;

use heapview_trials::targets::{Desk, Pair};

#[test]
fn what_was_found_before_breaks_nothing() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("found/index");
    let desk = Desk::new();
    let mut n_tried = 0;
    for entry in fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
        let pair = Pair::of(&fs::read(&entry).expect("a file")).expect("a snapshot and an index");
        assert!(desk.index_of(&pair.snapshot.to_file(), &pair.index), "{}: not taken", entry.display());
        n_tried += 1;
    }
    assert!(n_tried > 0);
}
