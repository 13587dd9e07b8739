//! Runs slow work on threads: a lane for each kind of question, opening, and writing.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use heapview_analysis::{Cancel, Heap, IndexUse, Progress, ask};

use crate::command::{LaneKind, Question};
use crate::event::Input;
use crate::export::{self, Export, Failure};
use crate::findings::Baseline;
use crate::lane::{Kept, Lane, run};
use crate::message::{FilePart, Message, Opening};
use crate::ticket::Ticket;

/// Progress is told at most this often.
const PROGRESS_PAUSE: Duration = Duration::from_millis(50);

/// The threads that put questions to the engine. Dropping it cancels an opening that is under way.
pub(crate) struct Worker {
    sender: Sender<Input>,
    lanes: HashMap<LaneKind, Lane>,
    kept: Arc<Kept>,
    /// Stops an opening.
    cancel: Cancel,
    /// The index is being written.
    is_saving: Arc<AtomicBool>,
    opening: Option<JoinHandle<()>>,
    /// Files that are being written.
    writing: Vec<JoinHandle<()>>,
}

impl Worker {
    /// Its messages go to `sender`.
    pub(crate) fn new(sender: Sender<Input>) -> Self {
        Self {
            sender,
            lanes: HashMap::new(),
            kept: Arc::default(),
            cancel: Cancel::new(),
            is_saving: Arc::default(),
            opening: None,
            writing: Vec::new(),
        }
    }

    /// Opens the snapshot at `path`; progress and the heap come as messages. Then writes its index, if that is wanted.
    /// The snapshot to compare with, if there is one, is opened first.
    pub(crate) fn open(
        &mut self,
        path: PathBuf,
        baseline: Option<PathBuf>,
        index_use: IndexUse,
    ) -> std::io::Result<()> {
        let sender = self.sender.clone();
        let cancel = self.cancel.clone();
        let begin = Instant::now();
        let size = |path: &PathBuf| std::fs::metadata(path).map_or(0, |metadata| metadata.len());
        let before = baseline.as_ref().map_or(0, size);
        let all = before.saturating_add(size(&path));
        let is_saving = Arc::clone(&self.is_saving);
        let opening = thread::Builder::new().name("heapview open".into()).spawn(move || {
            let mut opened = None;
            let sink = |before, size| {
                Sink::new(sender.clone(), cancel.clone(), FilePart { before, size, all }, begin)
            };
            if let Some(path) = baseline {
                let mut is_open = false;
                let sink = sink(0, before);
                let goes_on = run(&sender, || match Heap::open_with(&path, &index_use, &sink) {
                    Ok(heap) => {
                        is_open = true;
                        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
                        Message::BaselineOpened(Baseline { name: name.into_owned(), heap: Arc::new(heap) })
                    }
                    Err(error) => Message::NotOpened(format!("{}: {error}", path.display())),
                });
                if !(goes_on && is_open) {
                    return;
                }
            }
            let sink = sink(before, all - before);
            let goes_on = run(&sender, || match Heap::open_with(&path, &index_use, &sink) {
                Ok(heap) => Message::Opened(Arc::clone(opened.insert(Arc::new(heap)))),
                Err(error) => Message::NotOpened(format!("{}: {error}", path.display())),
            });
            if let Some(heap) = opened.filter(|_| goes_on) {
                is_saving.store(true, Ordering::Relaxed);
                // Without it the next opening takes longer.
                let _ = ask(|| heap.save_index());
            }
        })?;
        self.opening = Some(opening);
        Ok(())
    }

    /// Writes a table to a file; a message tells how that went.
    pub(crate) fn write(&mut self, ticket: Ticket, heap: Arc<Heap>, export: Export) -> std::io::Result<()> {
        let sender = self.sender.clone();
        self.writing.retain(|thread| !thread.is_finished());
        self.writing.push(thread::Builder::new().name("heapview write".into()).spawn(move || {
            run(&sender, || {
                let written = ask(|| export::write(&heap, &export)).unwrap_or_else(|error| {
                    // Half a table is none.
                    let _ = std::fs::remove_file(&export.path);
                    Err(Failure::Other(error.to_string()))
                });
                Message::Written(ticket, written)
            });
        })?);
        Ok(())
    }

    /// Stops an opening that is under way, and lets files and an index be written to their ends.
    pub(crate) fn finish(mut self) {
        for writing in self.writing.drain(..) {
            let _ = writing.join();
        }
        if let Some(opening) = self.opening.take().filter(|_| self.is_saving.load(Ordering::Relaxed)) {
            let _ = opening.join();
        }
    }

    /// Puts a question to the engine; the answer comes as a message, at once if it was given before.
    pub(crate) fn ask(&mut self, ticket: Ticket, heap: Arc<Heap>, question: Question) -> std::io::Result<()> {
        if let Some(answer) = self.kept.answer(&question) {
            // Nobody listens any more when the browser was left.
            let _ = self.sender.send(Input::Message(Message::Answer(ticket, answer)));
            return Ok(());
        }
        let kind = question.lane();
        let lane = match self.lanes.entry(kind) {
            Entry::Occupied(lane) => lane.into_mut(),
            Entry::Vacant(none) => {
                let name = format!("{kind:?}").to_lowercase();
                none.insert(Lane::start(&name, self.sender.clone(), Arc::clone(&self.kept))?)
            }
        };
        lane.ask(ticket, heap, question);
        Ok(())
    }

    /// Stops the work on the answer for `ticket`.
    pub(crate) fn cancel(&self, ticket: Ticket) {
        self.lanes.values().for_each(|lane| lane.cancel(ticket));
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.cancel.cancel();
    }
}

/// Turns the engine's progress into messages, not too many of them.
struct Sink {
    sender: Mutex<Sender<Input>>,
    cancel: Cancel,
    file: FilePart,
    begin: Instant,
    told: Mutex<Told>,
}

#[derive(Default)]
struct Told {
    phase: String,
    last: Option<Instant>,
}

impl Sink {
    /// Tells of opening one file; the time is counted from `begin`.
    fn new(sender: Sender<Input>, cancel: Cancel, file: FilePart, begin: Instant) -> Self {
        Self { sender: Mutex::new(sender), cancel, file, begin, told: Mutex::default() }
    }
}

impl Progress for Sink {
    fn advance(&self, phase: &str, done: u64, total: u64) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        if told.phase != phase {
            *told = Told { phase: phase.to_owned(), last: None };
        }
        if told.last.is_some_and(|last| now - last < PROGRESS_PAUSE) {
            return;
        }
        told.last = Some(now);
        let elapsed_ms = u64::try_from((now - self.begin).as_millis()).unwrap_or(u64::MAX);
        let opening = Opening { phase: phase.to_owned(), done, total, elapsed_ms, file: self.file };
        let sender = self.sender.lock().unwrap_or_else(PoisonError::into_inner);
        // Nobody listens any more when the browser was left.
        let _ = sender.send(Input::Message(Message::Opening(opening)));
    }

    fn cancel(&self) -> Cancel {
        self.cancel.clone()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn progress_is_not_told_more_often_than_anyone_can_read() {
        let (sender, inputs) = mpsc::channel();
        let sink = Sink::new(sender, Cancel::new(), FilePart::default(), Instant::now());
        for done in 0..10_000 {
            sink.advance("reading", done, 10_000);
        }
        sink.advance("dominators", 1, 4);
        drop(sink);
        let phases: Vec<String> = inputs
            .iter()
            .filter_map(|input| match input {
                Input::Message(Message::Opening(opening)) => Some(opening.phase),
                _ => None,
            })
            .collect();
        assert!(phases.len() < 1_000, "{}", phases.len());
        assert_eq!(phases.last().map(String::as_str), Some("dominators"), "a new phase is told at once");
    }
}
