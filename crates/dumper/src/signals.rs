//! Signals of this thread while another is made, and of a child process that has nobody's handlers.

use std::mem::MaybeUninit;
use std::ptr;

/// One more than the last signal of any system.
const END: i32 = 65;

/// While this lives, this thread takes no signals; a thread that it starts never does: handlers run where they
/// did before. Faults are let through, so that `faulthandler` tells of them.
pub(crate) struct BlockedSignals(libc::sigset_t);

impl BlockedSignals {
    pub(crate) fn block() -> Option<Self> {
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

/// For a child process, made while signals were blocked: Python's handlers in it would tell its parent, whose pipes it
/// has. Ctrl-C is meant for the parent; what cannot be written is an error of the write.
pub(crate) fn forget_handlers() {
    for signal in 1..END {
        let is_ignored = matches!(signal, libc::SIGINT | libc::SIGPIPE | libc::SIGXFSZ);
        let action = if is_ignored { libc::SIG_IGN } else { libc::SIG_DFL };
        // SAFETY: sets a standard action; fails harmlessly for those that have none.
        unsafe { libc::signal(signal, action) };
    }
    let mut none = MaybeUninit::uninit();
    // SAFETY: the set is written before it is read.
    unsafe {
        libc::sigemptyset(none.as_mut_ptr());
        libc::pthread_sigmask(libc::SIG_SETMASK, none.as_ptr(), ptr::null_mut());
    }
}
