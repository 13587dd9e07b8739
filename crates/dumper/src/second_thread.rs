//! Lets a second thread write the file while this one walks, where the process has a core and the memory for it.
//!
//! Python knows nothing of that thread: it touches no object, runs no handler, and is gone before the dump returns.

use std::ptr;
use std::thread::available_parallelism;

use heapview_snapshot::SnapshotWriter;

use crate::signals::BlockedSignals;

/// Bytes that must be free: the thread's stack, and what the C library makes for a thread, which it cannot do
/// without (it ends the process where thread-local data find no memory).
const ROOM: usize = 4 << 20;

/// Starts the thread if it helps and is safe; without it the file is the same, and the pause longer.
pub(crate) fn start(writer: &mut SnapshotWriter) {
    if available_parallelism().is_ok_and(|n_cores| n_cores.get() > 1) && has_room() {
        let signals = BlockedSignals::block();
        // No thread may be made here (a limit on processes, say): the walk then writes by itself.
        let _ = writer.write_in_thread();
        drop(signals);
    }
}

fn has_room() -> bool {
    let (protection, flags) = (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS);
    // SAFETY: a new mapping, which is given back untouched.
    unsafe {
        let place = libc::mmap(ptr::null_mut(), ROOM, protection, flags, -1, 0);
        place != libc::MAP_FAILED && libc::munmap(place, ROOM) == 0
    }
}
