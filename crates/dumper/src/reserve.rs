//! Memory held back during a dump, so that running out of memory ends the dump and not the process.
//!
//! Where an allocation fails, Rust ends the process. The allocator here, which serves our library alone, then gives a
//! part of the reserve up and tries again. When only the last part is left the walk sees that it is spent and stops.
//! What may grow by much at once asks first (`try_reserve`).

use std::alloc::{GlobalAlloc, Layout};
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crate::child_memory::Memory as System;
use crate::error::Shortage;

/// Addresses only: the pages are never touched. The reserve shrinks from one size to the next as allocations fail.
const SIZES: [usize; 3] = [64 << 20, 16 << 20, LEAST];
/// More than is allocated without asking once the last part was given up.
const LEAST: usize = 4 << 20;
/// The last part is not for what is larger: it would take from what is allocated without asking.
const LARGE: usize = LEAST / 2;
/// What a dump of a small heap takes besides (measured).
const NEED: usize = 4 << 20;
/// Free memory is measured in steps of this many bytes.
const STEP: usize = 64 << 10;

#[global_allocator]
static ALLOCATOR: Allocator = Allocator;

static STATE: State = State::new();

/// The reserve while a dump relies on it; the last that is dropped gives it back.
#[derive(Debug)]
pub(crate) struct Reserve(());

impl Reserve {
    /// As much as there is, 64 MiB at most; an error where there is not even a little.
    pub(crate) fn hold() -> Result<Self, Shortage> {
        let held = STATE.locked(State::hold);
        let reserve = Self(());
        if held { Ok(reserve) } else { Err(shortage()) }
    }

    /// Whether memory is so plentiful that a dump may use more of it than it must.
    #[expect(clippy::unused_self, reason = "it is so while this one is held")]
    pub(crate) fn is_whole(&self) -> bool {
        STATE.size.load(Ordering::Relaxed) == SIZES[0]
    }
}

impl Drop for Reserve {
    fn drop(&mut self) {
        STATE.locked(State::release);
    }
}

/// Whether an allocation has failed when only the last part of the reserve was left.
pub(crate) fn is_spent() -> bool {
    STATE.is_spent.load(Ordering::Relaxed)
}

/// An error once the reserve is spent.
pub(crate) fn check() -> Result<(), Shortage> {
    if is_spent() { Err(shortage()) } else { Ok(()) }
}

/// How much memory there was and how much was missing when the reserve was spent, or could not be made.
pub(crate) fn shortage() -> Shortage {
    STATE.locked(State::shortage)
}

/// In a child process that is to dump and to end: lets it have as much memory as it may ask for.
pub(crate) fn raise_limits() {
    // Another thread of the parent's may have been at it.
    STATE.is_locked.store(false, Ordering::Release);
    for limit in [libc::RLIMIT_AS, libc::RLIMIT_DATA] {
        let mut now = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
        // SAFETY: reads and writes a struct of ours.
        unsafe {
            if libc::getrlimit(limit, &raw mut now) == 0 && now.rlim_cur != now.rlim_max {
                now.rlim_cur = now.rlim_max;
                libc::setrlimit(limit, &raw const now);
            }
        }
    }
}

/// What the allocator and all dumps have in common; written by whoever has it locked.
struct State {
    is_locked: AtomicBool,
    /// Dumps that rely on the reserve: one inside an adapter, or in another thread meanwhile, shares it.
    holders: AtomicUsize,
    place: AtomicUsize,
    size: AtomicUsize,
    is_spent: AtomicBool,
    /// Bytes that were free when the reserve was made, if that was not all that it could be.
    free: AtomicUsize,
    /// Bytes that were missing for the allocation that spent it.
    missing: AtomicUsize,
}

impl State {
    const fn new() -> Self {
        Self {
            is_locked: AtomicBool::new(false),
            holders: AtomicUsize::new(0),
            place: AtomicUsize::new(0),
            size: AtomicUsize::new(0),
            is_spent: AtomicBool::new(false),
            free: AtomicUsize::new(0),
            missing: AtomicUsize::new(0),
        }
    }

    /// Whoever waits does so for a few system calls. A lock of the standard library's might allocate.
    fn locked<T>(&self, work: impl FnOnce(&Self) -> T) -> T {
        while self.is_locked.swap(true, Ordering::Acquire) {
            std::thread::yield_now();
        }
        let done = work(self);
        self.is_locked.store(false, Ordering::Release);
        done
    }

    /// Makes the reserve as large as it can be; false if there is none.
    fn hold(&self) -> bool {
        if self.holders.fetch_add(1, Ordering::Relaxed) == 0 {
            self.is_spent.store(false, Ordering::Relaxed);
            self.missing.store(0, Ordering::Relaxed);
        }
        let before = self.size.load(Ordering::Relaxed);
        let mut larger = SIZES.into_iter().filter(|size| *size > before);
        if let Some((place, size)) = larger.find_map(|size| Some((mapped(size)?, size))) {
            self.shrink_to(0);
            self.place.store(place, Ordering::Relaxed);
            self.size.store(size, Ordering::Relaxed);
        }
        let size = self.size.load(Ordering::Relaxed);
        let free = if size == SIZES[0] { 0 } else { size + available() };
        self.free.store(free, Ordering::Relaxed);
        size > 0
    }

    fn release(&self) {
        if self.holders.fetch_sub(1, Ordering::Relaxed) == 1 {
            self.shrink_to(0);
        }
    }

    /// Gives a part of the reserve up for an allocation of `size` bytes; false if there is nothing to give up.
    fn give_up(&self, size: usize) -> bool {
        let now = self.size.load(Ordering::Relaxed);
        let next = SIZES.into_iter().find(|next| *next < now).unwrap_or(0);
        if next == 0 {
            if !self.is_spent.swap(true, Ordering::Relaxed) {
                self.missing.store(size.saturating_sub(available()).max(1), Ordering::Relaxed);
            }
            if now == 0 || size > LARGE {
                return false;
            }
        }
        self.shrink_to(next);
        true
    }

    fn shrink_to(&self, size: usize) {
        let (place, now) = (self.place.load(Ordering::Relaxed), self.size.load(Ordering::Relaxed));
        if now > size {
            // SAFETY: the end of the mapping made by `hold`, or all of it; the lock sees to it that it is given up once.
            unsafe { libc::munmap((place + size) as *mut _, now - size) };
            self.size.store(size, Ordering::Relaxed);
        }
    }

    fn shortage(&self) -> Shortage {
        let (free, missing) = (self.free.load(Ordering::Relaxed), self.missing.load(Ordering::Relaxed));
        Shortage { free: free as u64, missing: missing.max((NEED + LEAST).saturating_sub(free)) as u64 }
    }
}

/// A new private mapping of this many bytes, at no address that anybody uses.
fn mapped(size: usize) -> Option<usize> {
    let (protection, flags) = (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS);
    // SAFETY: the kernel chooses the place.
    let place = unsafe { libc::mmap(ptr::null_mut(), size, protection, flags, -1, 0) };
    (place != libc::MAP_FAILED).then_some(place as usize)
}

/// Bytes that could be mapped in one piece, up to the largest reserve.
fn available() -> usize {
    let can_be_mapped = |size| {
        // SAFETY: the mapping just made, untouched.
        mapped(size).is_some_and(|place| unsafe { libc::munmap(place as *mut _, size) == 0 })
    };
    let (mut least, mut most) = (0, SIZES[0] / STEP + 1);
    while most - least > 1 {
        let middle = usize::midpoint(least, most);
        if can_be_mapped(middle * STEP) {
            least = middle;
        } else {
            most = middle;
        }
    }
    least * STEP
}

struct Allocator;

impl Allocator {
    fn or_again(size: usize, allocate: impl Fn() -> *mut u8) -> *mut u8 {
        loop {
            let memory = allocate();
            if !memory.is_null() || !STATE.locked(|state| state.give_up(size)) {
                return memory;
            }
        }
    }
}

// SAFETY: the system's allocator, asked a few times at most; one that failed has changed nothing.
unsafe impl GlobalAlloc for Allocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as the caller promises.
        Self::or_again(layout.size(), || unsafe { System.alloc(layout) })
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as the caller promises.
        Self::or_again(layout.size(), || unsafe { System.alloc_zeroed(layout) })
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        // SAFETY: as the caller promises.
        Self::or_again(new_size, || unsafe { System.realloc(memory, layout, new_size) })
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(memory, layout) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failed_allocations_spend_the_reserve_part_by_part() {
        let outer = Reserve::hold().expect("64 MiB of addresses");
        let inner = Reserve::hold().expect("the same");
        assert!(outer.is_whole() && !is_spent());
        for (wanted, gives_up, left) in [
            (1 << 62, true, SIZES[1]),
            (1 << 62, true, LEAST),
            (LARGE + 1, false, LEAST),
            (LARGE, true, 0),
            (1, false, 0),
        ] {
            assert_eq!(STATE.locked(|state| state.give_up(wanted)), gives_up);
            assert_eq!(STATE.size.load(Ordering::Relaxed), left);
            assert_eq!(is_spent(), wanted <= LARGE + 1);
        }
        // All at once, as the two threads of a dump may: each goes on when there is no reserve any more.
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| assert!(Vec::<u8>::new().try_reserve(1 << 62).is_err()));
            }
        });
        assert!(is_spent() && check().is_err());
        drop((inner, outer));
        let reserve = Reserve::hold().expect("64 MiB of addresses");
        assert!(reserve.is_whole() && !is_spent());
        drop(reserve);
        assert_eq!(STATE.size.load(Ordering::Relaxed), 0);
    }
}
