//! What a child process that dumps is to the system: nobody's child to be waited for, first to be killed, last to run.

use std::io;
use std::os::fd::{AsRawFd as _, FromRawFd as _, IntoRawFd as _, OwnedFd};

use crate::{child_memory, descriptors, signals};

/// Least of all.
const NICENESS: libc::c_int = 19;

/// Copies this process, as far as this thread and the memory go; 0 in the copy.
///
/// The copy tells nobody when it ends, and `wait` without a number does not find it: the program knows its children.
/// No other library is asked to prepare for it.
///
/// # Safety
/// The copy may call nothing that waits for other threads, the allocator included, before [`settle`] is called, and
/// nothing of the C library that allocates at all.
#[cfg(target_os = "linux")]
pub(crate) unsafe fn copy() -> io::Result<libc::pid_t> {
    let zero: libc::c_long = 0;
    // No flags, no stack and no signal: whatever the order of arguments is on this architecture.
    // SAFETY: the caller's.
    match unsafe { libc::syscall(libc::SYS_clone, zero, zero, zero, zero, zero) } {
        -1 => Err(io::Error::last_os_error()),
        pid => Ok(pid as libc::pid_t),
    }
}

#[cfg(not(target_os = "linux"))]
pub unsafe fn copy() -> io::Result<libc::pid_t> {
    // SAFETY: the caller's; here the C library makes its allocator usable in the copy.
    match unsafe { libc::fork() } {
        -1 => Err(io::Error::last_os_error()),
        pid => Ok(pid),
    }
}

/// Waits until the child has ended. Its status; `None` if somebody else has taken it.
pub(crate) fn wait_for(pid: libc::pid_t) -> Option<libc::c_int> {
    #[cfg(target_os = "linux")]
    const OPTIONS: libc::c_int = libc::__WCLONE;
    #[cfg(not(target_os = "linux"))]
    const OPTIONS: libc::c_int = 0;
    let mut status = 0;
    loop {
        // SAFETY: writes one number.
        let ended = unsafe { libc::waitpid(pid, &raw mut status, OPTIONS) };
        if ended == pid {
            return Some(status);
        }
        if io::Error::last_os_error().kind() != io::ErrorKind::Interrupted {
            return None;
        }
    }
}

/// The first thing that a child does. It keeps nothing open but `answer`, whose number may become another.
pub(crate) fn settle(answer: OwnedFd) -> OwnedFd {
    #[cfg(target_os = "linux")]
    child_memory::leave_malloc();
    let answer = above_standard_streams(answer);
    descriptors::close_all_but(answer.as_raw_fd());
    signals::forget_handlers();
    descriptors::silence_standard_streams();
    give_way();
    answer
}

/// The numbers below would be taken by the streams.
fn above_standard_streams(answer: OwnedFd) -> OwnedFd {
    let number = answer.into_raw_fd();
    // SAFETY: a descriptor of ours, which nobody closes before the other is there.
    unsafe {
        let moved = libc::fcntl(number, libc::F_DUPFD_CLOEXEC, libc::STDERR_FILENO + 1);
        OwnedFd::from_raw_fd(if moved < 0 { number } else { moved })
    }
}

/// Runs when nobody else wants to, and dies before anybody else has to. Whatever is refused stays as it was.
///
/// Not `SCHED_IDLE`: on a busy machine the dump would never end, and all that the parent changes meanwhile is kept
/// twice.
fn give_way() {
    // SAFETY: calls about this process alone; the texts end with zero.
    unsafe {
        libc::setpriority(libc::PRIO_PROCESS, 0, NICENESS);
        #[cfg(target_os = "linux")]
        {
            const OF_A_PROCESS: libc::c_long = 1;
            const IDLE: libc::c_long = 3 << 13;
            let zero: libc::c_long = 0;
            let ordinary: libc::sched_param = std::mem::zeroed();
            libc::prctl(libc::PR_SET_NAME, c"heapview-dump".as_ptr());
            // A parent with real-time priority keeps it for itself.
            libc::sched_setscheduler(0, libc::SCHED_BATCH, &raw const ordinary);
            libc::setpriority(libc::PRIO_PROCESS, 0, NICENESS);
            libc::syscall(libc::SYS_ioprio_set, OF_A_PROCESS, zero, IDLE);
            let file = libc::open(c"/proc/self/oom_score_adj".as_ptr(), libc::O_WRONLY);
            if file >= 0 {
                libc::write(file, c"1000".as_ptr().cast(), 4);
                libc::close(file);
            }
        }
    }
}
