//! Opens snapshots for commands, with a progress bar when that takes more than half a second.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use anyhow::Context;
use heapview_analysis::{Heap, IndexUse, Progress, ask};
use indicatif::{ProgressBar, ProgressStyle};

use crate::output::stderr_is_watched;

const PATIENCE: Duration = Duration::from_millis(500);

thread_local! {
    /// Whether indexes are used, and the heaps whose index is to be written once the answer is out.
    static SESSION: RefCell<(IndexUse, Vec<Arc<Heap>>)> = const { RefCell::new((IndexUse::None, Vec::new())) };
}

/// Decides for the openings to come whether they use an index.
pub(crate) fn use_index(index_use: IndexUse) {
    SESSION.set((index_use, Vec::new()));
}

/// Opens the heap at `path`; errors carry the path.
pub(crate) fn open(path: &Path) -> anyhow::Result<Arc<Heap>> {
    let bar = Bar { start: Instant::now(), shown: Mutex::new(None), wanted: stderr_is_watched() };
    let index_use = SESSION.with_borrow(|(index_use, _)| index_use.clone());
    let heap = Heap::open_with(path, &index_use, &bar).with_context(|| path.display().to_string());
    bar.clear();
    let heap = Arc::new(heap?);
    SESSION.with_borrow_mut(|(_, opened)| opened.push(Arc::clone(&heap)));
    Ok(heap)
}

/// Writes the indexes that are missing. That one cannot be written is no error: the next opening takes longer.
pub(crate) fn save_indexes() {
    let (_, opened) = SESSION.take();
    for heap in opened {
        let _ = ask(|| heap.save_index());
    }
}

/// Where indexes go that cannot stand beside their snapshots: `$XDG_CACHE_HOME/heapview`, or `~/.cache/heapview`.
pub fn cache_folder() -> Option<PathBuf> {
    let absolute = |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let caches = absolute("XDG_CACHE_HOME").or_else(|| Some(absolute("HOME")?.join(".cache")));
    caches.map(|caches| caches.join("heapview"))
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
