//! What one command opens, with a progress bar when that takes more than half a second.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use anyhow::Context;
use heapview_analysis::{Heap, IndexUse, Progress, ask};
use indicatif::{ProgressBar, ProgressStyle};

use crate::output::stderr_is_watched;

const PATIENCE: Duration = Duration::from_millis(500);

/// The snapshots that one command opens.
#[derive(Default)]
pub(crate) struct Session {
    index_use: IndexUse,
    /// Those whose index is to be written once the answer is out.
    opened: Vec<Arc<Heap>>,
}

impl Session {
    pub(crate) fn new(index_use: IndexUse) -> Self {
        Self { index_use, opened: Vec::new() }
    }

    pub(crate) fn index_use(&self) -> IndexUse {
        self.index_use.clone()
    }

    /// Opens the heap at `path`; errors carry the path.
    pub(crate) fn open(&mut self, path: &Path) -> anyhow::Result<Arc<Heap>> {
        let bar = Bar { start: Instant::now(), shown: Mutex::new(None), wanted: stderr_is_watched() };
        let heap = Heap::open_with(path, &self.index_use, &bar).with_context(|| path.display().to_string());
        bar.clear();
        let heap = Arc::new(heap?);
        self.opened.push(Arc::clone(&heap));
        Ok(heap)
    }

    /// Writes the indexes that are missing. That one cannot be written is no error: the next opening takes longer.
    pub(crate) fn save_indexes(self) {
        for heap in self.opened {
            let _ = ask(|| heap.save_index());
        }
    }
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
