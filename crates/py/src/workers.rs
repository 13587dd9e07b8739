//! Threads that questions run on, so that the thread of Python can look after signals meanwhile.

use std::sync::mpsc::{Sender, channel};
use std::sync::{Mutex, TryLockError};
use std::{process, thread};

type Job = Box<dyn FnOnce() + Send>;

/// Threads without work, and the process that they are of: a child made by `fork` has none of its parent's threads.
struct Idle {
    process: u32,
    threads: Vec<Sender<Job>>,
}

static IDLE: Mutex<Idle> = Mutex::new(Idle { process: 0, threads: Vec::new() });

/// More than this many threads wait for nothing.
const MAX_IDLE: usize = 4;

/// Runs `job` on a thread that has nothing else to do. The job must not panic.
pub(crate) fn spawn(mut job: Job) -> std::io::Result<()> {
    while let Some(thread) = idle(Vec::pop).flatten() {
        match thread.send(job) {
            Ok(()) => return Ok(()),
            Err(refused) => job = refused.0,
        }
    }
    let (sender, jobs) = channel::<Job>();
    // The first job goes along: a thread that cannot be made leaves none waiting.
    thread::Builder::new().name("heapview question".into()).spawn(move || {
        let mut next = Some(job);
        while let Some(job) = next.take() {
            job();
            let is_kept = idle(|threads| {
                let has_room = threads.len() < MAX_IDLE;
                if has_room {
                    threads.push(sender.clone());
                }
                has_room
            });
            if is_kept == Some(true) {
                next = jobs.recv().ok();
            }
        }
    })?;
    Ok(())
}

/// `None` if somebody else is at the list: a child made by `fork` right then would wait for ever.
fn idle<T>(with: impl FnOnce(&mut Vec<Sender<Job>>) -> T) -> Option<T> {
    let mut idle = match IDLE.try_lock() {
        Ok(idle) => idle,
        Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
        Err(TryLockError::WouldBlock) => return None,
    };
    if idle.process != process::id() {
        *idle = Idle { process: process::id(), threads: Vec::new() };
    }
    Some(with(&mut idle.threads))
}
