//! A dump by a child process, which has the heap as it was when it was made: the parent goes on at once.
//!
//! The child is made by the C library's `fork`, whose handlers keep `malloc` usable in it whatever other threads
//! were doing. It runs no Python code, and ends by `_exit`: no handler of the parent's runs in it. A thread that
//! Python does not know waits for its end, so that it leaves no zombie whatever becomes of the handle.

use std::fs;
use std::io::{self, PipeReader, Read as _, Write as _};
use std::os::fd::AsRawFd as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use heapview_snapshot::partial_prefix;

use crate::second_thread::with_signals_blocked;
use crate::{DumpError, DumpReport, child};

/// What fits into a pipe that nobody reads: the child must not wait for its parent.
const LONGEST_MESSAGE: usize = 32 << 10;
const OK: &str = "ok";
const REAPER_STACK: usize = 64 << 10;

/// A child process that dumps.
#[derive(Debug)]
pub struct Child {
    pid: libc::pid_t,
    reaper: Option<Reaper>,
    folder: PathBuf,
    pipe: PipeReader,
    message: Vec<u8>,
    pause: Duration,
    /// What it came to, once it has ended.
    outcome: Option<Result<DumpReport, String>>,
}

impl Child {
    /// Makes a child that does `work` and ends; `path` is where its work will stand. The process has stood still
    /// since `start`.
    pub(crate) fn fork(
        path: &Path,
        start: Instant,
        work: impl FnOnce() -> Result<DumpReport, DumpError>,
    ) -> Result<Self, DumpError> {
        let (pipe, mut answer) = io::pipe()?;
        // SAFETY: the child calls nothing but `work`, which reads memory and writes a file, and `_exit`.
        match unsafe { libc::fork() } {
            -1 => Err(io::Error::last_os_error().into()),
            0 => {
                child::settle(answer.as_raw_fd());
                let outcome = catch_unwind(AssertUnwindSafe(work));
                let message = match &outcome {
                    Ok(Ok(report)) => encode(report),
                    Ok(Err(error)) => format!("error\n{error}"),
                    Err(_) => {
                        "error\nthe dump failed in a way that it should not: please report it".to_owned()
                    }
                };
                let _ = answer.write_all(message.as_bytes());
                // SAFETY: ends this process at once.
                unsafe { libc::_exit(i32::from(!matches!(outcome, Ok(Ok(_))))) }
            }
            pid => {
                let folder = path.parent().map(Path::to_owned).unwrap_or_default();
                let reaper = Reaper::of(pid);
                let pause = start.elapsed();
                Ok(Self { pid, reaper, folder, pipe, message: Vec::new(), pause, outcome: None })
            }
        }
    }

    pub fn pid(&self) -> u32 {
        self.pid.unsigned_abs()
    }

    /// How long the caller waited for the child to be made.
    pub fn pause_seconds(&self) -> f64 {
        self.pause.as_secs_f64()
    }

    /// Waits until the child has ended, at most `timeout`; `None` if it is still at work then.
    pub fn wait(&mut self, timeout: Duration) -> Option<Result<DumpReport, DumpError>> {
        let deadline = Instant::now() + timeout;
        while self.outcome.is_none() {
            let left = deadline.saturating_duration_since(Instant::now());
            if !self.is_readable(left) {
                return None;
            }
            let mut bytes = [0; 4096];
            match self.pipe.read(&mut bytes) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Ok(0) | Err(_) => self.outcome = Some(self.end()),
                Ok(n_bytes) => self.message.extend_from_slice(&bytes[..n_bytes]),
            }
        }
        self.outcome.clone().map(|outcome| outcome.map_err(DumpError::Child))
    }

    fn is_readable(&self, timeout: Duration) -> bool {
        let mut poll = libc::pollfd { fd: self.pipe.as_raw_fd(), events: libc::POLLIN, revents: 0 };
        let milliseconds = i32::try_from(timeout.as_millis()).unwrap_or(i32::MAX);
        // SAFETY: one descriptor, which is ours.
        unsafe { libc::poll(&raw mut poll, 1, milliseconds) > 0 }
    }

    /// Reads the child's answer once it has closed its end, and takes its exit status.
    fn end(&mut self) -> Result<DumpReport, String> {
        // If the process reaps all its children by itself the status is gone, the answer is not.
        let status = self.reaper.take().map_or_else(|| reap(self.pid), Reaper::status);
        let message = String::from_utf8_lossy(&self.message);
        if let Some(report) = decode(&message, self.pause) {
            return Ok(report);
        }
        self.remove_partial();
        match message.split_once('\n') {
            Some(("error", sentence)) => Err(sentence.to_owned()),
            _ => Err(match status {
                Some(status) if libc::WIFSIGNALED(status) => {
                    format!("the child that dumped was ended by signal {}", libc::WTERMSIG(status))
                }
                _ => "the child that dumped ended without an answer".to_owned(),
            }),
        }
    }

    /// Removes what a child that was killed has left.
    fn remove_partial(&self) {
        let folder = if self.folder.as_os_str().is_empty() { Path::new(".") } else { &self.folder };
        let prefix = partial_prefix(self.pid());
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            if entry.file_name().to_string_lossy().starts_with(&prefix) {
                let _ = fs::remove_file(entry.path());
            }
        }
    }
}

impl Drop for Child {
    /// A child at work goes on; its reaper waits for it.
    fn drop(&mut self) {
        if self.outcome.is_none() && self.reaper.is_none() {
            // SAFETY: our child, or none any more.
            unsafe { libc::waitpid(self.pid, std::ptr::null_mut(), libc::WNOHANG) };
        }
    }
}

/// A thread that waits for a child to end and takes its exit status.
#[derive(Debug)]
struct Reaper(Receiver<Option<libc::c_int>>);

impl Reaper {
    /// `None` where no thread can be made: then the handle has to do it.
    fn of(pid: libc::pid_t) -> Option<Self> {
        let (answer, status) = mpsc::sync_channel(1);
        let wait = move || {
            let _ = answer.send(reap(pid));
        };
        with_signals_blocked(|| thread::Builder::new().stack_size(REAPER_STACK).spawn(wait)).ok()?;
        Some(Self(status))
    }

    fn status(self) -> Option<libc::c_int> {
        self.0.recv().ok().flatten()
    }
}

/// The status with which a child ended; `None` if somebody else has taken it.
fn reap(pid: libc::pid_t) -> Option<libc::c_int> {
    let mut status = 0;
    loop {
        // SAFETY: our child, or none any more.
        match unsafe { libc::waitpid(pid, &raw mut status, 0) } {
            found if found == pid => return Some(status),
            _ if io::Error::last_os_error().kind() == io::ErrorKind::Interrupted => {}
            _ => return None,
        }
    }
}

fn encode(report: &DumpReport) -> String {
    let mut message = format!("{OK}\n{}\n{}\n{}", report.n_objects, report.n_edges, report.file_size);
    for warning in &report.warnings {
        if message.len() + warning.len() > LONGEST_MESSAGE {
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
