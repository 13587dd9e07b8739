//! Memory held back during a dump, so that running out of memory ends the dump and not the process.
//!
//! Where an allocation fails, Rust ends the process. The allocator here, which serves our library alone, then gives
//! the reserve up and tries again; the walk sees that it is spent and stops. What may grow by more than the reserve at
//! once asks first (`try_reserve`).

use std::alloc::{GlobalAlloc, Layout};
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crate::child_memory::Memory as System;

/// Addresses only: the pages are never touched. More than all fixed buffers together.
const SIZE: usize = 64 << 20;

/// Where the reserve lies; 0 while there is none, [`LEAVING`] while a thread gives it up.
static PLACE: AtomicUsize = AtomicUsize::new(0);
static IS_SPENT: AtomicBool = AtomicBool::new(false);

/// The address of no mapping.
const LEAVING: usize = 1;

#[global_allocator]
static ALLOCATOR: Allocator = Allocator;

/// The reserve of the one dump that runs; dropping it gives it back.
#[derive(Debug)]
pub struct Reserve(());

impl Reserve {
    /// `None` when there is not even this much memory.
    pub fn hold() -> Option<Self> {
        // SAFETY: a new private mapping, at no address that anybody uses.
        let place = unsafe {
            let protection = libc::PROT_READ | libc::PROT_WRITE;
            libc::mmap(ptr::null_mut(), SIZE, protection, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS, -1, 0)
        };
        if place == libc::MAP_FAILED {
            return None;
        }
        IS_SPENT.store(false, Ordering::Relaxed);
        give_up();
        PLACE.store(place as usize, Ordering::Release);
        Some(Self(()))
    }
}

impl Drop for Reserve {
    fn drop(&mut self) {
        give_up();
    }
}

/// Whether an allocation has failed since the reserve was made.
pub fn is_spent() -> bool {
    IS_SPENT.load(Ordering::Relaxed)
}

/// Returns when there is no reserve any more, whoever gave it up.
fn give_up() {
    loop {
        match PLACE.load(Ordering::Acquire) {
            0 => return,
            LEAVING => std::thread::yield_now(),
            place => {
                if PLACE.compare_exchange(place, LEAVING, Ordering::AcqRel, Ordering::Acquire).is_ok() {
                    // SAFETY: the mapping made by `hold`; the exchange saw to it that nobody else gives it up.
                    unsafe { libc::munmap(place as *mut _, SIZE) };
                    PLACE.store(0, Ordering::Release);
                }
            }
        }
    }
}

struct Allocator;

impl Allocator {
    fn or_again(allocate: impl Fn() -> *mut u8) -> *mut u8 {
        let memory = allocate();
        if !memory.is_null() {
            return memory;
        }
        IS_SPENT.store(true, Ordering::Relaxed);
        // The other thread of a dump may have failed at the same time, and given the reserve up for both.
        give_up();
        allocate()
    }
}

// SAFETY: the system's allocator, asked twice at most; one that failed has changed nothing.
unsafe impl GlobalAlloc for Allocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as the caller promises, here and below.
        Self::or_again(|| unsafe { System.alloc(layout) })
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        Self::or_again(|| unsafe { System.alloc_zeroed(layout) })
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        Self::or_again(|| unsafe { System.realloc(memory, layout, new_size) })
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        unsafe { System.dealloc(memory, layout) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_allocation_spends_the_reserve() {
        let reserve = Reserve::hold().expect("64 MiB of addresses");
        assert!(!is_spent());
        // All at once, as the two threads of a dump may: each goes on when there is no reserve any more.
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    assert!(Vec::<u8>::new().try_reserve(1 << 62).is_err());
                    assert_eq!(PLACE.load(Ordering::Relaxed), 0);
                });
            }
        });
        assert!(is_spent());
        assert_eq!(PLACE.load(Ordering::Relaxed), 0);
        drop(reserve);
        drop(Reserve::hold());
        assert!(!is_spent());
    }
}
