//! Lets a second thread write the file while this one walks, where the process has a core and the memory for it.
//!
//! Python knows nothing of that thread: it touches no object, runs no handler, and is gone before the dump returns.

use std::mem::MaybeUninit;
use std::ptr;
use std::thread::available_parallelism;

use heapview_snapshot::SnapshotWriter;

/// Bytes that must be free: the thread's stack, and what the C library makes for a thread, which it cannot do
/// without (it ends the process where thread-local data find no memory).
const ROOM: usize = 4 << 20;

/// Starts the thread if it helps and is safe; without it the file is the same, and the pause longer.
pub fn start(writer: &mut SnapshotWriter) {
    if available_parallelism().is_ok_and(|n_cores| n_cores.get() > 1) && has_room() {
        // No thread may be made here (a limit on processes, say): the walk then writes by itself.
        let _ = with_signals_blocked(|| writer.write_in_thread());
    }
}

/// Does `work`, such as starting a thread that is to take no signals.
pub fn with_signals_blocked<T>(work: impl FnOnce() -> T) -> T {
    let signals = BlockedSignals::block();
    let answer = work();
    drop(signals);
    answer
}

fn has_room() -> bool {
    let (protection, flags) = (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS);
    // SAFETY: a new mapping, which is given back untouched.
    unsafe {
        let place = libc::mmap(ptr::null_mut(), ROOM, protection, flags, -1, 0);
        place != libc::MAP_FAILED && libc::munmap(place, ROOM) == 0
    }
}

/// While this lives, this thread takes no signals; a thread that it starts never does: handlers run where they
/// did before. Faults are let through, so that `faulthandler` tells of them.
struct BlockedSignals(libc::sigset_t);

impl BlockedSignals {
    fn block() -> Option<Self> {
        let (mut all, mut before) = (MaybeUninit::uninit(), MaybeUninit::uninit());
        // SAFETY: both sets are written before they are read.
        unsafe {
            libc::sigfillset(all.as_mut_ptr());
            for fault in [libc::SIGSEGV, libc::SIGBUS, libc::SIGFPE, libc::SIGILL] {
                libc::sigdelset(all.as_mut_ptr(), fault);
            }
            let failed = libc::pthread_sigmask(libc::SIG_BLOCK, all.as_ptr(), before.as_mut_ptr()) != 0;
            (!failed).then(|| Self(before.assume_init()))
        }
    }
}

impl Drop for BlockedSignals {
    fn drop(&mut self) {
        // SAFETY: the mask that this thread had.
        unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &raw const self.0, ptr::null_mut()) };
    }
}
