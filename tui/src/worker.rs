//! Runs slow work on threads: one lane for each kind of question, and of the questions waiting in a lane only
//! the newest is answered.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use heapview_analysis::{Heap, IndexUse, Progress};

use crate::answers;
use crate::command::Question;
use crate::event::Input;
use crate::export::{self, Export};
use crate::findings::Baseline;
use crate::message::{FilePart, Message, Opening, Ticket};

/// Progress is told at most this often.
const PROGRESS_PAUSE: Duration = Duration::from_millis(50);

struct Job {
    ticket: Ticket,
    heap: Arc<Heap>,
    question: Question,
}

/// One thread that answers questions of one kind.
struct Lane {
    jobs: Sender<Job>,
    /// The number of the only ticket whose answer is wanted.
    wanted: Arc<AtomicU64>,
}

/// No ticket has this number.
const NOBODY: u64 = u64::MAX;

/// Whether the answer for a ticket is still wanted.
struct Interest<'a> {
    wanted: &'a AtomicU64,
    ticket: Ticket,
}

impl Progress for Interest<'_> {
    fn advance(&self, _phase: &str, _done: u64, _total: u64) {}

    fn cancelled(&self) -> bool {
        self.wanted.load(Ordering::Relaxed) != self.ticket.number()
    }
}

/// The threads that put questions to the engine. Dropping it cancels an opening that is under way.
pub struct Worker {
    sender: Sender<Input>,
    lanes: [Option<Lane>; Question::N_LANES],
    is_cancelled: Arc<AtomicBool>,
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
            is_cancelled: Arc::default(),
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
        let is_cancelled = Arc::clone(&self.is_cancelled);
        let begin = Instant::now();
        let size = |path: &PathBuf| std::fs::metadata(path).map_or(0, |metadata| metadata.len());
        let before = baseline.as_ref().map_or(0, size);
        let all = before.saturating_add(size(&path));
        let is_saving = Arc::clone(&self.is_saving);
        let opening = thread::Builder::new().name("heapview open".into()).spawn(move || {
            let mut opened = None;
            let sink = |before, size| {
                Sink::new(sender.clone(), Arc::clone(&is_cancelled), FilePart { before, size, all }, begin)
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
                let _ = heap.save_index();
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
            run(&sender, || Message::Written(ticket, export::write(&heap, &export)));
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
        let lane = question.lane();
        let job = Job { ticket, heap, question };
        let Some(slot) = self.lanes.get_mut(lane) else { return Ok(()) };
        if slot.is_none() {
            let (jobs, waiting) = mpsc::channel();
            let sender = self.sender.clone();
            let wanted = Arc::new(AtomicU64::new(NOBODY));
            let seen_by_thread = Arc::clone(&wanted);
            thread::Builder::new()
                .name(format!("heapview lane {lane}"))
                .spawn(move || work(&waiting, &seen_by_thread, &sender))?;
            *slot = Some(Lane { jobs, wanted });
        }
        if let Some(lane) = slot {
            // What is being answered for an older question stops.
            lane.wanted.store(job.ticket.number(), Ordering::Relaxed);
            // A lane that is gone has broken down, and said so.
            let _ = lane.jobs.send(job);
        }
        Ok(())
    }

    /// Stops the work on the answer for `ticket`.
    pub fn cancel(&self, ticket: Ticket) {
        for lane in self.lanes.iter().flatten() {
            let number = ticket.number();
            let _ = lane.wanted.compare_exchange(number, NOBODY, Ordering::Relaxed, Ordering::Relaxed);
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.is_cancelled.store(true, Ordering::Relaxed);
    }
}

/// Answers the newest question of a lane until nobody asks any more.
fn work(waiting: &Receiver<Job>, wanted: &AtomicU64, sender: &Sender<Input>) {
    while let Ok(mut job) = waiting.recv() {
        while let Ok(newer) = waiting.try_recv() {
            job = newer;
        }
        let Job { ticket, heap, question } = job;
        let interest = Interest { wanted, ticket };
        if !run(sender, || Message::Answer(ticket, answers::answer_while(&heap, &question, &interest))) {
            return;
        }
    }
}

/// Sends what `work` returns; false when there is no use in going on.
fn run(sender: &Sender<Input>, work: impl FnOnce() -> Message) -> bool {
    let (message, is_whole) = match catch_unwind(AssertUnwindSafe(work)) {
        Ok(message) => (message, true),
        Err(_) => (Message::Broken("a thread of the browser broke down; please report this".into()), false),
    };
    sender.send(Input::Message(message)).is_ok() && is_whole
}

/// Turns the engine's progress into messages, not too many of them.
struct Sink {
    sender: Mutex<Sender<Input>>,
    is_cancelled: Arc<AtomicBool>,
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
    fn new(sender: Sender<Input>, is_cancelled: Arc<AtomicBool>, file: FilePart, begin: Instant) -> Self {
        Self { sender: Mutex::new(sender), is_cancelled, file, begin, told: Mutex::default() }
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

    fn cancelled(&self) -> bool {
        self.is_cancelled.load(Ordering::Relaxed)
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
            jobs.send(Job { ticket: Ticket::new(number), heap: Arc::clone(&heap), question }).unwrap();
        }
        drop(jobs);
        let (sender, inputs) = mpsc::channel();
        work(&waiting, &AtomicU64::new(2), &sender);
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
            Arc::clone(&worker.lanes[lane].as_ref().unwrap().wanted)
        };
        let wanted = ask(&mut worker, 1);
        let is_over = |number| Interest { wanted: &wanted, ticket: Ticket::new(number) }.cancelled();
        assert!(!is_over(1));
        ask(&mut worker, 2);
        assert_eq!((is_over(1), is_over(2)), (true, false), "a newer question is wanted");
        worker.cancel(Ticket::new(1));
        assert!(!is_over(2), "another answer was cancelled");
        worker.cancel(Ticket::new(2));
        assert!(is_over(2));
    }

    #[test]
    fn progress_is_not_told_more_often_than_anyone_can_read() {
        let (sender, inputs) = mpsc::channel();
        let sink = Sink::new(sender, Arc::default(), FilePart::default(), Instant::now());
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
