//! One line of work: a thread that answers questions of one kind. Of those waiting only the newest is answered, and an
//! answer that took long is kept, for the file does not change.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use heapview_analysis::{AnalysisError, Cancel, Heap, ask};

use crate::answers;
use crate::command::{Answer, Question};
use crate::event::Input;
use crate::message::Message;
use crate::ticket::Ticket;

/// Answers that took less are found again as fast.
const WORTH_KEEPING: Duration = Duration::from_millis(50);
/// Answers kept; the oldest goes first.
const MAX_KEPT: usize = 32;

/// Answers that took long, by question.
#[derive(Default)]
pub(crate) struct Kept(Mutex<VecDeque<(Question, Answer)>>);

impl Kept {
    /// The answer, if it was given before.
    pub(crate) fn answer(&self, question: &Question) -> Option<Answer> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.iter().find(|(known, _)| known == question).map(|(_, answer)| answer.clone())
    }

    fn keep(&self, question: &Question, answer: &Answer) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.push_back((question.clone(), answer.clone()));
        if kept.len() > MAX_KEPT {
            kept.pop_front();
        }
    }
}

/// Who waits for an answer; nobody once it has been given.
type Waiting = Arc<Mutex<Option<Ticket>>>;

struct Job {
    waiting: Waiting,
    heap: Arc<Heap>,
    question: Question,
    /// Taken back when nobody wants the answer any more.
    cancel: Cancel,
}

/// The thread, and what it was asked last.
pub(crate) struct Lane {
    jobs: Sender<Job>,
    newest: Option<(Question, Waiting, Cancel)>,
}

impl Lane {
    /// Starts the thread; its answers go to `sender`.
    pub(crate) fn start(name: &str, sender: Sender<Input>, kept: Arc<Kept>) -> std::io::Result<Self> {
        let (jobs, waiting) = mpsc::channel();
        thread::Builder::new()
            .name(format!("heapview {name}"))
            .spawn(move || work(&waiting, &sender, &kept))?;
        Ok(Self { jobs, newest: None })
    }

    /// Wants the answer. What is being answered for another question stops; for the same one it goes on.
    pub(crate) fn ask(&mut self, ticket: Ticket, heap: Arc<Heap>, question: Question) {
        if let Some((asked, waiting, cancel)) = &self.newest {
            let mut waiting = waiting.lock().unwrap_or_else(PoisonError::into_inner);
            if *asked == question && waiting.is_some() && !cancel.is_cancelled() {
                *waiting = Some(ticket);
                return;
            }
            cancel.cancel();
        }
        let (waiting, cancel) = (Arc::new(Mutex::new(Some(ticket))), Cancel::new());
        self.newest = Some((question.clone(), Arc::clone(&waiting), cancel.clone()));
        // A lane that is gone has broken down, and said so.
        let _ = self.jobs.send(Job { waiting, heap, question, cancel });
    }

    /// Stops the work on the answer for `ticket`.
    pub(crate) fn cancel(&self, ticket: Ticket) {
        if let Some((_, waiting, cancel)) = &self.newest
            && *waiting.lock().unwrap_or_else(PoisonError::into_inner) == Some(ticket)
        {
            cancel.cancel();
        }
    }
}

impl Drop for Lane {
    fn drop(&mut self) {
        if let Some((_, _, cancel)) = &self.newest {
            cancel.cancel();
        }
    }
}

/// Answers the newest question until nobody asks any more.
fn work(waiting: &Receiver<Job>, sender: &Sender<Input>, kept: &Kept) {
    while let Ok(mut job) = waiting.recv() {
        while let Ok(newer) = waiting.try_recv() {
            job = newer;
        }
        let Job { waiting, heap, question, cancel } = job;
        let heap = heap.cancelled_by(&cancel);
        let answer = || {
            let begin = Instant::now();
            let answer = match ask(|| answers::answer(&heap, &question)) {
                Ok(answer) => answer,
                Err(AnalysisError::Cancelled) => return None,
                Err(error) => return Some(Message::Broken(error.to_string())),
            };
            // Orders of rows are as long as the rows, and made of what is here.
            if begin.elapsed() >= WORTH_KEEPING && !matches!(question, Question::Order(..)) {
                kept.keep(&question, &answer);
            }
            let ticket = waiting.lock().unwrap_or_else(PoisonError::into_inner).take();
            ticket.map(|ticket| Message::Answer(ticket, answer))
        };
        if !run_maybe(sender, answer) {
            return;
        }
    }
}

/// Sends what `work` returns; false when there is no use in going on.
pub(crate) fn run(sender: &Sender<Input>, work: impl FnOnce() -> Message) -> bool {
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

#[cfg(test)]
mod tests {
    use heapview_analysis::Silent;
    use heapview_snapshot::{Meta, ObjectIx, SnapshotWriter};

    use super::*;

    fn empty_heap() -> (tempfile::TempDir, Arc<Heap>) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("snap.rkyv");
        SnapshotWriter::create(&path).unwrap().finish(Meta::default()).unwrap();
        let heap = Arc::new(Heap::open(&path, &Silent).unwrap());
        (folder, heap)
    }

    fn answered(inputs: &Receiver<Input>) -> Vec<Ticket> {
        let tickets = inputs.iter().filter_map(|input| match input {
            Input::Message(Message::Answer(ticket, _)) => Some(ticket),
            _ => None,
        });
        tickets.collect()
    }

    #[test]
    fn of_the_questions_waiting_only_the_newest_is_answered() {
        let (_folder, heap) = empty_heap();
        let (jobs, waiting) = mpsc::channel();
        for number in 0..3 {
            let job = Job {
                waiting: Arc::new(Mutex::new(Some(Ticket::new(number)))),
                heap: Arc::clone(&heap),
                question: Question::Dominated(None::<ObjectIx>, 0..10),
                cancel: Cancel::new(),
            };
            jobs.send(job).unwrap();
        }
        drop(jobs);
        let (sender, inputs) = mpsc::channel();
        work(&waiting, &sender, &Kept::default());
        drop(sender);
        assert_eq!(answered(&inputs), [Ticket::new(2)]);
    }

    /// A lane whose thread does nothing, and its jobs.
    fn idle() -> (Lane, Receiver<Job>) {
        let (jobs, waiting) = mpsc::channel();
        (Lane { jobs, newest: None }, waiting)
    }

    #[test]
    fn work_stops_when_its_answer_is_cancelled_or_another_one_is_wanted() {
        let (_folder, heap) = empty_heap();
        let (mut lane, _jobs) = idle();
        let mut ask = |number, text: &str| {
            lane.ask(Ticket::new(number), Arc::clone(&heap), Question::Find(text.into()));
            lane.newest.as_ref().unwrap().2.clone()
        };
        let first = ask(1, "type:dict");
        assert!(!first.is_cancelled());
        let second = ask(2, "type:list");
        assert!(first.is_cancelled() && !second.is_cancelled(), "another question");
        lane.cancel(Ticket::new(1));
        assert!(!second.is_cancelled(), "another answer was cancelled");
        lane.cancel(Ticket::new(2));
        assert!(second.is_cancelled());
    }

    #[test]
    fn who_asks_again_gets_the_answer_that_is_on_its_way() {
        let (_folder, heap) = empty_heap();
        let (mut lane, jobs) = idle();
        for number in 0..3 {
            lane.ask(Ticket::new(number), Arc::clone(&heap), Question::Summary);
        }
        drop(lane.jobs.clone());
        let job = jobs.try_recv().unwrap();
        assert!(jobs.try_recv().is_err(), "asked once");
        assert!(!job.cancel.is_cancelled());
        let (sender, inputs) = mpsc::channel();
        let (again, waiting) = mpsc::channel();
        again.send(job).unwrap();
        drop(again);
        work(&waiting, &sender, &Kept::default());
        drop(sender);
        assert_eq!(answered(&inputs), [Ticket::new(2)]);
        // What has been answered is asked anew.
        lane.ask(Ticket::new(7), heap, Question::Summary);
        assert!(jobs.try_recv().is_ok());
    }

    #[test]
    fn the_oldest_answer_goes_first() {
        let kept = Kept::default();
        let question = |nth: usize| Question::Count(format!("len>{nth}"));
        for nth in 0..=MAX_KEPT {
            kept.keep(&question(nth), &Answer::Count(Some(nth as u64)));
        }
        assert!(kept.answer(&question(0)).is_none());
        assert!(
            matches!(kept.answer(&question(MAX_KEPT)), Some(Answer::Count(Some(nth))) if nth == MAX_KEPT as u64)
        );
    }
}
