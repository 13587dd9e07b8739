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

use heapview_analysis::{Heap, IndexUse, Progress};

use crate::answers;
use crate::command::Question;
use crate::event::Input;
use crate::message::{Message, Opening, Ticket};

/// Progress is told at most this often.
const PROGRESS_PAUSE: Duration = Duration::from_millis(50);

struct Job {
    ticket: Ticket,
    heap: Arc<Heap>,
    question: Question,
}

/// The threads that put questions to the engine. Dropping it cancels an opening that is under way.
pub struct Worker {
    sender: Sender<Input>,
    lanes: [Option<Sender<Job>>; Question::N_LANES],
    is_cancelled: Arc<AtomicBool>,
    /// The index is being written.
    is_saving: Arc<AtomicBool>,
    opening: Option<JoinHandle<()>>,
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
        }
    }

    /// Opens the snapshot at `path`; progress and the heap come as messages. Then writes its index, if that is wanted.
    pub fn open(&mut self, path: PathBuf, index_use: IndexUse) -> std::io::Result<()> {
        let sender = self.sender.clone();
        let sink = Sink::new(sender.clone(), Arc::clone(&self.is_cancelled));
        let is_saving = Arc::clone(&self.is_saving);
        let opening = thread::Builder::new().name("heapview open".into()).spawn(move || {
            let mut opened = None;
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

    /// Stops an opening that is under way, and lets an index be written to its end.
    pub fn finish(mut self) {
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
            thread::Builder::new()
                .name(format!("heapview lane {lane}"))
                .spawn(move || work(&waiting, &sender))?;
            *slot = Some(jobs);
        }
        if let Some(jobs) = slot {
            // A lane that is gone has broken down, and said so.
            let _ = jobs.send(job);
        }
        Ok(())
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.is_cancelled.store(true, Ordering::Relaxed);
    }
}

/// Answers the newest question of a lane until nobody asks any more.
fn work(waiting: &Receiver<Job>, sender: &Sender<Input>) {
    while let Ok(mut job) = waiting.recv() {
        while let Ok(newer) = waiting.try_recv() {
            job = newer;
        }
        let Job { ticket, heap, question } = job;
        if !run(sender, || Message::Answer(ticket, answers::answer(&heap, &question))) {
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
    told: Mutex<Told>,
}

struct Told {
    phase: String,
    phase_began: Instant,
    last: Option<Instant>,
}

impl Sink {
    fn new(sender: Sender<Input>, is_cancelled: Arc<AtomicBool>) -> Self {
        let told = Told { phase: String::new(), phase_began: Instant::now(), last: None };
        Self { sender: Mutex::new(sender), is_cancelled, told: Mutex::new(told) }
    }
}

impl Progress for Sink {
    fn advance(&self, phase: &str, done: u64, total: u64) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        if told.phase != phase {
            *told = Told { phase: phase.to_owned(), phase_began: now, last: None };
        }
        if told.last.is_some_and(|last| now - last < PROGRESS_PAUSE) {
            return;
        }
        told.last = Some(now);
        let elapsed_ms = u64::try_from((now - told.phase_began).as_millis()).unwrap_or(u64::MAX);
        let opening = Opening { phase: phase.to_owned(), done, total, elapsed_ms };
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
    fn progress_is_not_told_more_often_than_anyone_can_read() {
        let (sender, inputs) = mpsc::channel();
        let sink = Sink::new(sender, Arc::default());
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
