//! A limit on the size of files (`RLIMIT_FSIZE`) is an error of the write, and not the end of the process.

/// While this lives, a write of this thread that exceeds the limit fails, and nobody is told by a signal.
#[cfg(target_os = "linux")]
pub(crate) struct SizeSignal {
    before: libc::sigset_t,
    was_pending: bool,
}

#[cfg(target_os = "linux")]
impl SizeSignal {
    pub(crate) fn hold() -> Self {
        use std::mem::MaybeUninit;
        let (mut before, mut pending) = (MaybeUninit::uninit(), MaybeUninit::uninit());
        // SAFETY: the sets are written before they are read; the signal exists.
        unsafe {
            libc::pthread_sigmask(libc::SIG_BLOCK, &raw const *set().as_ptr(), before.as_mut_ptr());
            libc::sigpending(pending.as_mut_ptr());
            let was_pending = libc::sigismember(pending.as_ptr(), libc::SIGXFSZ) == 1;
            Self { before: before.assume_init(), was_pending }
        }
    }
}

#[cfg(target_os = "linux")]
fn set() -> std::mem::MaybeUninit<libc::sigset_t> {
    let mut set = std::mem::MaybeUninit::uninit();
    // SAFETY: made empty before it is added to.
    unsafe {
        libc::sigemptyset(set.as_mut_ptr());
        libc::sigaddset(set.as_mut_ptr(), libc::SIGXFSZ);
    }
    set
}

#[cfg(target_os = "linux")]
impl Drop for SizeSignal {
    /// The kernel tells the thread that wrote: what waits there since then is of ours.
    fn drop(&mut self) {
        let at_once = libc::timespec { tv_sec: 0, tv_nsec: 0 };
        // SAFETY: takes a signal that waits, if one does, and gives the thread the mask that it had.
        unsafe {
            if !self.was_pending {
                libc::sigtimedwait(set().as_ptr(), std::ptr::null_mut(), &raw const at_once);
            }
            libc::pthread_sigmask(libc::SIG_SETMASK, &raw const self.before, std::ptr::null_mut());
        }
    }
}

/// Elsewhere the signal is for the whole process, and this thread cannot keep it from others.
#[cfg(not(target_os = "linux"))]
pub(crate) struct SizeSignal;

#[cfg(not(target_os = "linux"))]
impl SizeSignal {
    pub fn hold() -> Self {
        Self
    }
}
