//! Reads memory that may not be there: the kernel copies it into a pipe, or says that it cannot.

use std::io::{PipeReader, PipeWriter, Read, pipe};
use std::os::fd::AsRawFd;

/// No system has smaller pages; memory is there or not by pages.
const PAGE: usize = 4096;
/// Pages kept, a power of two: neighbours are mostly asked for one after another.
const PAGES: usize = 64;

/// A pipe of our own. Not to be shared with a child of `fork`.
#[derive(Debug)]
pub(crate) struct Probe {
    reader: PipeReader,
    writer: PipeWriter,
}

impl Probe {
    /// `None` where there are no more file descriptors.
    pub(crate) fn new() -> Option<Self> {
        let (reader, writer) = pipe().ok()?;
        // A pipe may be smaller than what is asked for: never wait.
        // SAFETY: sets a flag of our own descriptor.
        let is_set = unsafe { libc::fcntl(writer.as_raw_fd(), libc::F_SETFL, libc::O_NONBLOCK) } == 0;
        is_set.then_some(Self { reader, writer })
    }

    /// Fills `bytes` from `address` on; false where there is no memory. At most a page should be asked for.
    pub(crate) fn read(&self, address: usize, bytes: &mut [u8]) -> bool {
        let mut n_read = 0;
        while n_read < bytes.len() {
            let rest = &mut bytes[n_read..];
            let start = address.wrapping_add(n_read) as *const _;
            // SAFETY: the kernel answers EFAULT for an address that may not be read.
            let written = unsafe { libc::write(self.writer.as_raw_fd(), start, rest.len()) };
            let written = usize::try_from(written).unwrap_or(0);
            if written == 0 || (&self.reader).read_exact(&mut rest[..written]).is_err() {
                return false;
            }
            n_read += written;
        }
        true
    }

    /// The word at `address`; `None` where there is no memory.
    pub(crate) fn word(&self, address: usize) -> Option<usize> {
        let mut word = [0; size_of::<usize>()];
        self.read(address, &mut word).then(|| usize::from_ne_bytes(word))
    }
}

/// What is in memory, a page at a time: as it was when one first asked for something near.
#[derive(Debug)]
pub(crate) struct Pages {
    probe: Probe,
    /// By the low bits of their numbers.
    kept: Vec<Option<Box<Page>>>,
}

#[derive(Debug)]
struct Page {
    start: u64,
    is_there: bool,
    bytes: [u8; PAGE],
}

impl Pages {
    /// As for [`Probe::new`].
    pub(crate) fn new() -> Option<Self> {
        Some(Self { probe: Probe::new()?, kept: (0..PAGES).map(|_| None).collect() })
    }

    /// The word at `address`, a multiple of eight; `None` where there is none. O(1).
    #[inline]
    pub(crate) fn word(&mut self, address: u64) -> Option<u64> {
        if !address.is_multiple_of(8) {
            return None;
        }
        let place = (address % PAGE as u64) as usize;
        let bytes = self.page(address)?[place..place + 8].try_into().ok()?;
        Some(u64::from_ne_bytes(bytes))
    }

    #[inline]
    fn page(&mut self, address: u64) -> Option<&[u8; PAGE]> {
        let start = address & !(PAGE as u64 - 1);
        let slot = &mut self.kept[(address / PAGE as u64) as usize % PAGES];
        let page = slot.get_or_insert_with(|| Box::new(Page { start: 1, is_there: false, bytes: [0; PAGE] }));
        if page.start != start {
            page.start = start;
            page.is_there = self.probe.read(start as usize, &mut page.bytes);
        }
        page.is_there.then_some(&page.bytes)
    }
}

/// Pages for whoever comes to need them, which few heaps do.
#[derive(Default, Debug)]
pub(crate) struct LazyPages(Option<Pages>);

impl LazyPages {
    /// As for [`Pages::new`], once.
    pub(crate) fn get(&mut self) -> Option<&mut Pages> {
        if self.0.is_none() {
            self.0 = Pages::new();
        }
        self.0.as_mut()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_there_is_no_answer() {
        let mut pages = Pages::new().unwrap();
        let words: Vec<u64> = (0..10_000).map(|number| number * 7).collect();
        for (position, word) in words.iter().enumerate() {
            let address = &raw const words[position] as u64;
            assert_eq!(pages.word(address), Some(*word));
            assert_eq!(pages.word(address + 1), None);
        }
        for address in [0, 8, 4096, 1 << 47, 1 << 63, u64::MAX - 7] {
            assert_eq!(pages.word(address), None);
        }
    }

    #[test]
    fn a_read_over_the_end_of_memory_leaves_nothing_for_the_next() {
        let probe = Probe::new().unwrap();
        // SAFETY: two pages of our own, of which the second may not be read.
        let start = unsafe {
            let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
            let start = libc::mmap(std::ptr::null_mut(), 2 * PAGE, libc::PROT_READ, flags, -1, 0);
            assert_ne!(start, libc::MAP_FAILED);
            assert_eq!(libc::mprotect(start.byte_add(PAGE), PAGE, libc::PROT_NONE), 0);
            start as usize
        };
        assert!(!probe.read(start + PAGE - 8, &mut [0; 16]));
        assert_eq!(probe.word(start + PAGE - 8), Some(0));
        assert_eq!(probe.word(start + PAGE), None);
        let known = 0x1234_5678_usize;
        assert_eq!(probe.word(&raw const known as usize), Some(known));
    }
}
