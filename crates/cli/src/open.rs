//! Opens snapshots for commands, with a progress bar when that takes more than half a second.

use std::io::IsTerminal;
use std::path::Path;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use anyhow::Context;
use heapview_analysis::{Heap, Progress};
use indicatif::{ProgressBar, ProgressStyle};

const PATIENCE: Duration = Duration::from_millis(500);

/// Opens the heap at `path`; errors carry the path.
pub fn open(path: &Path) -> anyhow::Result<Heap> {
    let bar = Bar { start: Instant::now(), shown: Mutex::new(None), wanted: std::io::stderr().is_terminal() };
    let heap = Heap::open(path, &bar).with_context(|| path.display().to_string());
    bar.clear();
    heap
}

/// A bar on stderr that appears only when the work takes long, and only on a terminal.
struct Bar {
    start: Instant,
    shown: Mutex<Option<ProgressBar>>,
    wanted: bool,
}

impl Bar {
    fn clear(&self) {
        if let Ok(mut shown) = self.shown.lock()
            && let Some(bar) = shown.take()
        {
            bar.finish_and_clear();
        }
    }
}

impl Progress for Bar {
    fn advance(&self, name: &str, done: u64, total: u64) {
        if !self.wanted || self.start.elapsed() < PATIENCE {
            return;
        }
        let Ok(mut shown) = self.shown.lock() else { return };
        let bar = shown.get_or_insert_with(|| {
            let bar = ProgressBar::new(total);
            if let Ok(style) = ProgressStyle::with_template("{msg:12} {wide_bar} {elapsed}") {
                bar.set_style(style);
            }
            bar
        });
        bar.set_message(name.to_owned());
        bar.set_length(total);
        bar.set_position(done);
    }
}
