//! A dump by a child process, which has the heap as it was when it was made: the parent goes on at once.
//!
//! The child runs no Python code, and ends by `_exit`: no handler of the parent's runs in it. A thread of ours, unknown
//! to Python, takes its answer and its status, so that no zombie stays whoever waits, or nobody.

use std::io::{self, PipeReader, Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process;
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::Builder;
use std::time::{Duration, Instant};

use heapview_snapshot::Destination;

use crate::child_process;
use crate::signals::BlockedSignals;
use crate::{DumpError, DumpReport};

/// Of a message, in bytes: what a small pipe takes at once, so that the child need not wait to end.
const MAX_MESSAGE_LEN: usize = 4 << 10;
const OK: &str = "ok";
/// Of the thread, in bytes. It does next to nothing, but the C library takes thread-local data from this.
const STACK: usize = 1 << 20;
/// Where there is no memory for that.
const SMALL_STACK: usize = 256 << 10;

/// A child process that dumps. Dropped while that is at work, it lets it go on.
#[derive(Debug)]
pub struct Child {
    pid: libc::pid_t,
    /// The process that waits for the child; copies of it have this value, too, and no such thread.
    parent: u32,
    pause: Duration,
    end: Arc<End>,
}

/// What the child came to, once it has ended.
#[derive(Default, Debug)]
struct End {
    outcome: Mutex<Option<Result<DumpReport, String>>>,
    is_there: Condvar,
}

impl Child {
    /// Makes a child that does `work` and ends; `start` is when the caller began to wait for this.
    pub(crate) fn fork(
        destination: &Destination,
        start: Instant,
        is_memory_short: bool,
        work: impl FnOnce() -> Result<DumpReport, DumpError>,
    ) -> Result<Self, DumpError> {
        let (pipe, answer) = io::pipe()?;
        let end = Arc::new(End::default());
        let (made, child) = sync_channel::<(libc::pid_t, Duration)>(1);
        let blocked = BlockedSignals::block();
        // Before the child: one that nobody could wait for must not be.
        let (of_thread, destination) = (Arc::clone(&end), destination.clone());
        let stack = if is_memory_short { SMALL_STACK } else { STACK };
        Builder::new().name("heapview".to_owned()).stack_size(stack).spawn(move || {
            if let Ok((pid, pause)) = child.recv() {
                let outcome = outcome(pipe, pid, pause, &destination);
                *of_thread.outcome.lock().unwrap_or_else(PoisonError::into_inner) = Some(outcome);
                of_thread.is_there.notify_all();
            }
        })?;
        // SAFETY: the copy begins with what it must begin with. Then it reads memory, writes a file, and ends.
        let pid = match unsafe { child_process::copy() }? {
            0 => answer_and_end(answer.into(), work),
            pid => pid,
        };
        drop(blocked);
        let pause = start.elapsed();
        // The thread waits for this.
        let _ = made.send((pid, pause));
        Ok(Self { pid, parent: process::id(), pause, end })
    }

    pub fn pid(&self) -> u32 {
        self.pid.unsigned_abs()
    }

    /// How long the caller waited until the child was at work.
    pub fn pause_seconds(&self) -> f64 {
        self.pause.as_secs_f64()
    }

    /// Waits until the child has ended, at most `timeout`; `None` if it is still at work then.
    pub fn wait(&self, timeout: Duration) -> Option<Result<DumpReport, DumpError>> {
        if process::id() != self.parent {
            return Some(Err(DumpError::Child(format!(
                "only process {}, which began this dump, can wait for it",
                self.parent
            ))));
        }
        let outcome = self.end.outcome.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.end.is_there.wait_timeout_while(outcome, timeout, |outcome| outcome.is_none());
        let (outcome, _) = waited.unwrap_or_else(PoisonError::into_inner);
        outcome.clone().map(|outcome| outcome.map_err(DumpError::Child))
    }
}

/// The life of the child.
fn answer_and_end(answer: OwnedFd, work: impl FnOnce() -> Result<DumpReport, DumpError>) -> ! {
    let mut answer = io::PipeWriter::from(child_process::settle(answer));
    let outcome = catch_unwind(AssertUnwindSafe(work));
    let message = match &outcome {
        Ok(Ok(report)) => encode(report),
        Ok(Err(error)) => format!("error\n{error}"),
        Err(_) => "error\nthe dump failed in a way that it should not: please report it".to_owned(),
    };
    let _ = answer.write_all(message.as_bytes());
    // SAFETY: ends this process at once.
    unsafe { libc::_exit(i32::from(!matches!(outcome, Ok(Ok(_))))) }
}

/// Reads the child's answer until it closes its end, and takes its exit status.
fn outcome(
    mut pipe: PipeReader,
    pid: libc::pid_t,
    pause: Duration,
    destination: &Destination,
) -> Result<DumpReport, String> {
    let mut message = Vec::new();
    let _ = pipe.read_to_end(&mut message);
    let status = child_process::wait_for(pid);
    let message = String::from_utf8_lossy(&message);
    if let Some(report) = decode(&message, pause) {
        return Ok(report);
    }
    destination.remove_partial_of(pid.unsigned_abs());
    match (message.split_once('\n'), status) {
        (Some(("error", sentence)), _) => Err(sentence.to_owned()),
        (_, Some(status)) if libc::WIFSIGNALED(status) => {
            Err(format!("the child that dumped was ended by signal {}", libc::WTERMSIG(status)))
        }
        _ => Err("the child that dumped ended without an answer".to_owned()),
    }
}

fn encode(report: &DumpReport) -> String {
    let mut message = format!("{OK}\n{}\n{}\n{}", report.n_objects, report.n_edges, report.file_size);
    for warning in &report.warnings {
        if message.len() + warning.len() > MAX_MESSAGE_LEN {
            message.push_str("\nmore warnings are in the snapshot (truncated)");
            break;
        }
        message.push('\n');
        message.push_str(&warning.replace('\n', " "));
    }
    message
}

fn decode(message: &str, pause: Duration) -> Option<DumpReport> {
    let mut lines = message.split('\n');
    if lines.next() != Some(OK) {
        return None;
    }
    let mut number = || lines.next()?.parse().ok();
    Some(DumpReport {
        n_objects: number()?,
        n_edges: number()?,
        file_size: number()?,
        pause_seconds: pause.as_secs_f64(),
        warnings: lines.map(str::to_owned).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_survives_the_pipe() {
        let report = DumpReport {
            n_objects: 1,
            n_edges: 2,
            file_size: 3,
            pause_seconds: 0.5,
            warnings: vec!["one".into(), "two\nlines".into()],
        };
        let decoded = decode(&encode(&report), Duration::from_millis(500)).unwrap();
        assert_eq!((decoded.n_objects, decoded.n_edges, decoded.file_size), (1, 2, 3));
        assert_eq!(decoded.warnings, ["one", "two lines"]);
        assert!(decode("error\nno space", Duration::ZERO).is_none());
        assert!(decode("ok\n1\n2", Duration::ZERO).is_none());
    }
}
