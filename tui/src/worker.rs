//! Runs slow work on threads: one lane for each kind of question, and of the questions waiting in a lane only
//! the newest is answered.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use heapview_analysis::{AnalysisError, Cancel, Heap, IndexUse, Progress, ask};

use crate::answers;
use crate::command::Question;
use crate::event::Input;
use crate::export::{self, Export, Failure};
use crate::findings::Baseline;
use crate::message::{FilePart, Message, Opening, Ticket};

/// Progress is told at most this often.
const PROGRESS_PAUSE: Duration = Duration::from_millis(50);

struct Job {
    ticket: Ticket,
    heap: Arc<Heap>,
    question: Question,
    /// Taken back when nobody wants the answer any more.
    cancel: Cancel,
}

/// One thread that answers questions of one kind.
struct Lane {
    jobs: Sender<Job>,
    /// The newest question, the only one whose answer is wanted.
    newest: Ticket,
    cancel: Cancel,
}

/// The threads that put questions to the engine. Dropping it cancels an opening that is under way.
pub struct Worker {
    sender: Sender<Input>,
    lanes: [Option<Lane>; Question::N_LANES],
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
    pub fn new(sender: Sender<Input>) -> Self {
        Self {
            sender,
            lanes: [const { None }; Question::N_LANES],
            cancel: Cancel::new(),
            is_saving: Arc::default(),
            opening: None,
            writing: Vec::new(),
        }
    }

    /// Opens the snapshot at `path`; progress and the heap come as messages. Then writes its index, if that is wanted.
    /// The snapshot to compare with, if there is one, is opened first.
    pub fn open(
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
    pub fn write(&mut self, ticket: Ticket, heap: Arc<Heap>, export: Export) -> std::io::Result<()> {
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
    pub fn finish(mut self) {
        for writing in self.writing.drain(..) {
            let _ = writing.join();
        }
        if let Some(opening) = self.opening.take().filter(|_| self.is_saving.load(Ordering::Relaxed)) {
            let _ = opening.join();
        }
    }

    pub fn ask(&mut self, ticket: Ticket, heap: Arc<Heap>, question: Question) -> std::io::Result<()> {
        let Some(slot) = self.lanes.get_mut(question.lane()) else { return Ok(()) };
        let cancel = Cancel::new();
        if slot.is_none() {
            let (jobs, waiting) = mpsc::channel();
            let sender = self.sender.clone();
            thread::Builder::new()
                .name(format!("heapview lane {}", question.lane()))
                .spawn(move || work(&waiting, &sender))?;
            *slot = Some(Lane { jobs, newest: ticket, cancel: cancel.clone() });
        }
        if let Some(lane) = slot {
            // What is being answered for an older question stops.
            if lane.newest != ticket {
                lane.cancel.cancel();
            }
            (lane.newest, lane.cancel) = (ticket, cancel.clone());
            // A lane that is gone has broken down, and said so.
            let _ = lane.jobs.send(Job { ticket, heap, question, cancel });
        }
        Ok(())
    }

    /// Stops the work on the answer for `ticket`.
    pub fn cancel(&self, ticket: Ticket) {
        for lane in self.lanes.iter().flatten().filter(|lane| lane.newest == ticket) {
            lane.cancel.cancel();
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.cancel.cancel();
        for lane in self.lanes.iter().flatten() {
            lane.cancel.cancel();
        }
    }
}

/// Answers the newest question of a lane until nobody asks any more.
fn work(waiting: &Receiver<Job>, sender: &Sender<Input>) {
    while let Ok(mut job) = waiting.recv() {
        while let Ok(newer) = waiting.try_recv() {
            job = newer;
        }
        let Job { ticket, heap, question, cancel } = job;
        let heap = heap.cancelled_by(&cancel);
        let answer = || match ask(|| answers::answer(&heap, &question)) {
            Ok(answer) => Some(Message::Answer(ticket, answer)),
            Err(AnalysisError::Cancelled) => None,
            Err(error) => Some(Message::Broken(error.to_string())),
        };
        if !run_maybe(sender, answer) {
            return;
        }
    }
}

/// Sends what `work` returns; false when there is no use in going on.
fn run(sender: &Sender<Input>, work: impl FnOnce() -> Message) -> bool {
    run_maybe(sender, || Some(work()))
}

/// As [`run`]; `work` may have nothing to say.
fn run_maybe(sender: &Sender<Input>, work: impl FnOnce() -> Option<Message>) -> bool {
    let (message, is_whole) = match catch_unwind(AssertUnwindSafe(work)) {
        Ok(message) => (message, true),
        Err(_) => {
            (Some(Message::Broken("a thread of the browser broke down; please report this".into())), false)
        }
    };
    message.is_none_or(|message| sender.send(Input::Message(message)).is_ok()) && is_whole
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
    use heapview_analysis::Silent;
    use heapview_snapshot::{Meta, ObjectIx, SnapshotWriter};

    use super::*;

    #[test]
    fn of_the_questions_waiting_in_a_lane_only_the_newest_is_answered() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("snap.rkyv");
        SnapshotWriter::create(&path).unwrap().finish(Meta::default()).unwrap();
        let heap = Arc::new(Heap::open(&path, &Silent).unwrap());

        let (jobs, waiting) = mpsc::channel();
        for number in 0..3 {
            let question = Question::Dominated(None::<ObjectIx>, 0..10);
            let (ticket, heap) = (Ticket::new(number), Arc::clone(&heap));
            jobs.send(Job { ticket, heap, question, cancel: Cancel::new() }).unwrap();
        }
        drop(jobs);
        let (sender, inputs) = mpsc::channel();
        work(&waiting, &sender);
        drop(sender);
        let answered: Vec<Ticket> = inputs
            .iter()
            .filter_map(|input| match input {
                Input::Message(Message::Answer(ticket, _)) => Some(ticket),
                _ => None,
            })
            .collect();
        assert_eq!(answered, [Ticket::new(2)]);
    }

    #[test]
    fn work_stops_when_its_answer_is_cancelled_or_a_newer_one_is_wanted() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("snap.rkyv");
        SnapshotWriter::create(&path).unwrap().finish(Meta::default()).unwrap();
        let heap = Arc::new(Heap::open(&path, &Silent).unwrap());
        let (sender, _inputs) = mpsc::channel();
        let mut worker = Worker::new(sender);
        let question = || Question::Find("type:dict".into());
        let lane = question().lane();
        let ask = |worker: &mut Worker, number| {
            worker.ask(Ticket::new(number), Arc::clone(&heap), question()).unwrap();
            worker.lanes[lane].as_ref().unwrap().cancel.clone()
        };
        let first = ask(&mut worker, 1);
        assert!(!first.is_cancelled());
        let second = ask(&mut worker, 2);
        assert!(first.is_cancelled() && !second.is_cancelled(), "a newer question is wanted");
        worker.cancel(Ticket::new(1));
        assert!(!second.is_cancelled(), "another answer was cancelled");
        worker.cancel(Ticket::new(2));
        assert!(second.is_cancelled());
    }

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
