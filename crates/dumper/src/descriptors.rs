//! What a child process has open of its parent's, and gives up: as long as it keeps a connection, a port, a lock or a
//! pipe, so does, for everybody else, the parent that has closed it.
//!
//! Nothing here allocates.

use std::os::fd::RawFd;

/// Closes all descriptors but `kept`.
pub(crate) fn close_all_but(kept: RawFd) {
    if !close_ranges(kept) && !close_listed(kept) {
        close_each(kept);
    }
}

/// Puts what reads as nothing and takes everything in the place of the standard streams.
pub(crate) fn silence_standard_streams() {
    // SAFETY: new descriptors of ours, which take the numbers of those that are closed.
    unsafe {
        let mut null = libc::open(c"/dev/null".as_ptr(), libc::O_RDWR);
        if null < 0 {
            // No /dev here: a pipe that nobody reads. Its signal is ignored.
            let mut pipe = [-1; 2];
            if libc::pipe(pipe.as_mut_ptr()) != 0 {
                return;
            }
            libc::close(pipe[0]);
            null = pipe[1];
        }
        for standard in 0..=libc::STDERR_FILENO {
            if standard != null {
                libc::dup2(null, standard);
            }
        }
        if null > libc::STDERR_FILENO {
            libc::close(null);
        }
    }
}

/// By one or two calls: Linux 5.9 and later, if no filter of calls forbids it.
#[cfg(target_os = "linux")]
fn close_ranges(kept: RawFd) -> bool {
    let close = |first: libc::c_long, last: libc::c_long| {
        // SAFETY: nobody in this process uses a descriptor any more.
        first > last || unsafe { libc::syscall(libc::SYS_close_range, first, last, 0 as libc::c_long) } == 0
    };
    let kept = libc::c_long::from(kept);
    close(kept + 1, libc::c_long::from(u32::MAX)) && close(0, kept - 1)
}

/// Those that the kernel lists.
#[cfg(target_os = "linux")]
fn close_listed(kept: RawFd) -> bool {
    /// Of an entry: where its length stands, and its name.
    const LENGTH: usize = 16;
    const NAME: usize = 19;
    // SAFETY: opens a folder, for reading.
    let folder = unsafe { libc::open(c"/proc/self/fd".as_ptr(), libc::O_RDONLY | libc::O_DIRECTORY) };
    if folder < 0 {
        return false;
    }
    let mut entries = [0u8; 4096];
    let n_read = loop {
        // SAFETY: the kernel fills at most so many bytes.
        let n_read =
            unsafe { libc::syscall(libc::SYS_getdents64, folder, entries.as_mut_ptr(), entries.len()) };
        let Some(mut rest) = usize::try_from(n_read).ok().and_then(|n_read| entries.get(..n_read)) else {
            break n_read;
        };
        if rest.is_empty() {
            break n_read;
        }
        while let Some(&[low, high]) = rest.get(LENGTH..LENGTH + 2) {
            let length = usize::from(u16::from_ne_bytes([low, high]));
            let Some((entry, others)) = rest.split_at_checked(length.max(NAME)) else { break };
            match number(&entry[NAME..]) {
                // SAFETY: as above; it is in this list because it is open.
                Some(open) if open != kept && open != folder => unsafe {
                    libc::close(open);
                },
                _ => {}
            }
            rest = others;
        }
    };
    // SAFETY: ours.
    unsafe { libc::close(folder) };
    n_read == 0
}

/// The decimal number that begins and ends here; the name of an entry ends with a zero byte.
#[cfg(target_os = "linux")]
fn number(name: &[u8]) -> Option<RawFd> {
    let end = name.iter().position(|byte| *byte == 0)?;
    std::str::from_utf8(&name[..end]).ok()?.parse().ok()
}

#[cfg(not(target_os = "linux"))]
fn close_ranges(_kept: RawFd) -> bool {
    false
}

#[cfg(not(target_os = "linux"))]
fn close_listed(_kept: RawFd) -> bool {
    false
}

/// All numbers that there can be, up to the kernel's own limit.
fn close_each(kept: RawFd) {
    const MAX_COUNT: libc::c_long = 1 << 20;
    // SAFETY: only asks; no limit is -1.
    let limit = unsafe { libc::sysconf(libc::_SC_OPEN_MAX) };
    let end = if (0..MAX_COUNT).contains(&limit) { limit } else { MAX_COUNT } as RawFd;
    for open in (0..end).filter(|open| *open != kept) {
        // SAFETY: nobody in this process uses a descriptor any more.
        unsafe { libc::close(open) };
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    /// What is still open below 100 after `close` in a child process, which has at least ten.
    fn open_after(close: fn(RawFd)) -> Vec<RawFd> {
        let (mut answer, mut pipe) = ([0u8; 100], [0; 2]);
        // SAFETY: the child only makes calls to the kernel. A large number for what is kept leaves small ones to be
        // closed.
        unsafe {
            assert_eq!(libc::pipe(pipe.as_mut_ptr()), 0);
            let kept = libc::fcntl(pipe[1], libc::F_DUPFD, 50);
            let others: Vec<RawFd> = (0..10).map(|_| libc::dup(pipe[0])).collect();
            let pid = libc::fork();
            if pid == 0 {
                close(kept);
                for (open, byte) in answer.iter_mut().enumerate() {
                    *byte = u8::from(libc::fcntl(open as RawFd, libc::F_GETFD) >= 0);
                }
                libc::_exit(i32::from(libc::write(kept, answer.as_ptr().cast(), answer.len()) != 100));
            }
            assert_eq!(libc::read(pipe[0], answer.as_mut_ptr().cast(), answer.len()), 100);
            assert_eq!(libc::waitpid(pid, std::ptr::null_mut(), 0), pid);
            for open in others.into_iter().chain([kept, pipe[0], pipe[1]]) {
                libc::close(open);
            }
            assert_eq!(answer[kept as usize], 1);
            let open = answer.iter().enumerate().filter(|(_, byte)| **byte == 1);
            open.map(|(open, _)| open as RawFd).filter(|open| *open != kept).collect()
        }
    }

    #[test]
    fn each_way_closes_all_but_one() {
        let none: [RawFd; 0] = [];
        assert_eq!(open_after(|kept| assert!(close_ranges(kept))), none);
        assert_eq!(open_after(|kept| assert!(close_listed(kept))), none);
        assert_eq!(open_after(close_each), none);
    }

    #[test]
    fn standard_streams_are_there_and_say_nothing() {
        let silenced = |kept| {
            close_all_but(kept);
            silence_standard_streams();
            // SAFETY: writes to a stream that is ours.
            assert_eq!(unsafe { libc::write(2, c"x".as_ptr().cast(), 1) }, 1);
        };
        assert_eq!(open_after(silenced), [0, 1, 2] as [RawFd; 3]);
    }
}
