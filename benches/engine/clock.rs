//! Time and memory of this process, as Linux counts them.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// Seconds that all threads of the process have run, those that have ended included.
pub(crate) fn cpu_seconds() -> f64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the clock writes to `time`, which lives longer than the call.
    let failed = unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &raw mut time) };
    assert_eq!(failed, 0, "POSIX");
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

/// Wall and CPU seconds of `work`, and what it returned.
pub(crate) fn timed<T>(work: impl FnOnce() -> T) -> (f64, f64, T) {
    let (start, cpu) = (Instant::now(), cpu_seconds());
    let answer = work();
    (start.elapsed().as_secs_f64(), cpu_seconds() - cpu, answer)
}

/// Median CPU seconds of several rounds.
pub(crate) fn median<T>(n_rounds: usize, mut work: impl FnMut() -> T) -> f64 {
    let mut seconds: Vec<f64> = (0..n_rounds).map(|_| timed(&mut work).1).collect();
    seconds.sort_by(f64::total_cmp);
    seconds[n_rounds / 2]
}

/// Bytes of memory that is no mapped file.
pub(crate) fn anonymous_bytes() -> u64 {
    let status = fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find(|line| line.starts_with("RssAnon:")).expect("Linux 4.5");
    let kib = line.split_whitespace().nth(1).and_then(|kib| kib.parse::<u64>().ok());
    kib.expect("a number of KiB") * 1024
}

/// Looks every two milliseconds how much memory the process takes.
pub(crate) struct Watch {
    peak: Arc<AtomicU64>,
    is_over: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Watch {
    pub(crate) fn start() -> Self {
        let (peak, is_over) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
        let (seen, ends) = (Arc::clone(&peak), Arc::clone(&is_over));
        let thread = thread::spawn(move || {
            while !ends.load(Ordering::Relaxed) {
                seen.fetch_max(anonymous_bytes(), Ordering::Relaxed);
                thread::sleep(Duration::from_millis(2));
            }
        });
        Self { peak, is_over, thread }
    }

    /// Greatest number of bytes seen.
    pub(crate) fn stop(self) -> u64 {
        self.is_over.store(true, Ordering::Relaxed);
        self.thread.join().expect("it does not panic");
        self.peak.load(Ordering::Relaxed)
    }
}
