//! What a child that dumps keeps of the process it was made from: the memory, and nothing that others wait for.

use std::fs;
use std::io;
use std::os::fd::RawFd;

/// As `ps` and `top` call it.
const NAME: &std::ffi::CStr = c"heapview-dump";
/// Lowest, for whoever is to go when memory runs out: the child and not the service.
const OOM_SCORE: &str = "1000";
const LOWEST_PRIORITY: libc::c_int = 19;

/// Lets go of all that the parent shares: descriptors but `kept`, signal handlers, its rank for processor, disk and
/// memory, its name.
pub fn settle(kept: RawFd) {
    quieten_signals();
    close_all_but(kept);
    stand_back();
}

/// Python's handlers would tell the parent of the child's signals; Ctrl-C is meant for the parent. A file that grows
/// beyond the limit and a pipe that nobody reads are errors, and end nobody.
fn quieten_signals() {
    for signal in 1..32 {
        let is_ignored = matches!(signal, libc::SIGINT | libc::SIGXFSZ | libc::SIGPIPE);
        let action = if is_ignored { libc::SIG_IGN } else { libc::SIG_DFL };
        // SAFETY: sets a standard action; fails harmlessly for SIGKILL and SIGSTOP.
        unsafe { libc::signal(signal, action) };
    }
}

/// A connection that the service closes is to be closed, its port and its locks are to be free, whoever reads what it
/// prints is to see the end: the child holds none of them. On 0 to 2 it has `/dev/null`.
fn close_all_but(kept: RawFd) {
    // SAFETY: opens a device; a new descriptor is ours.
    let null = unsafe { libc::open(c"/dev/null".as_ptr(), libc::O_RDWR) };
    for standard in 0..=2 {
        if standard != kept && null >= 0 {
            // SAFETY: both descriptors are open or the call fails; this process runs nothing that prints.
            unsafe { libc::dup2(null, standard) };
        }
    }
    let (low, high) = (3.min(kept), kept);
    let is_closed = close_range(low.max(3), high - 1) && close_range(high + 1, RawFd::MAX);
    if !is_closed {
        close_one_by_one(kept);
    }
}

/// Closes all descriptors from `first` to `last`, both included; false where the kernel cannot.
#[cfg(target_os = "linux")]
fn close_range(first: RawFd, last: RawFd) -> bool {
    if first > last {
        return true;
    }
    // SAFETY: closes descriptors of this process, which nobody here uses any more.
    unsafe { libc::syscall(libc::SYS_close_range, first, last, 0) == 0 }
}

#[cfg(not(target_os = "linux"))]
fn close_range(_: RawFd, _: RawFd) -> bool {
    false
}

fn close_one_by_one(kept: RawFd) {
    let number = |entry: io::Result<fs::DirEntry>| entry.ok()?.file_name().to_str()?.parse::<RawFd>().ok();
    let folder = if cfg!(target_os = "linux") { "/proc/self/fd" } else { "/dev/fd" };
    let open: Vec<RawFd> = fs::read_dir(folder).map_or_else(
        |_| {
            // SAFETY: asks for a limit.
            let most = unsafe { libc::sysconf(libc::_SC_OPEN_MAX) };
            (3..RawFd::try_from(most).unwrap_or(1024).min(1 << 20)).collect()
        },
        |entries| entries.filter_map(number).collect(),
    );
    for descriptor in open.into_iter().filter(|descriptor| *descriptor > 2 && *descriptor != kept) {
        // SAFETY: as for `close_range`; closing what is not open fails harmlessly.
        unsafe { libc::close(descriptor) };
    }
}

/// Last in every queue, and the first to go.
fn stand_back() {
    // SAFETY: lowers this process's own priority.
    unsafe { libc::setpriority(libc::PRIO_PROCESS, 0, LOWEST_PRIORITY) };
    #[cfg(target_os = "linux")]
    {
        const IDLE: libc::c_int = 3 << 13;
        const OF_PROCESS: libc::c_int = 1;
        let _ = fs::write("/proc/self/oom_score_adj", OOM_SCORE);
        // SAFETY: sets this process's own name and its priority for disks.
        unsafe {
            libc::prctl(libc::PR_SET_NAME, NAME.as_ptr());
            libc::syscall(libc::SYS_ioprio_set, OF_PROCESS, 0, IDLE);
        }
    }
}
