//! Memory for a child process, none of it from `malloc`.
//!
//! The child has one thread. What others of its parent were in the middle of stays so for ever, the allocator's locks
//! included; the C library's `fork` would wait for them, but also run what other libraries want done at each fork,
//! such as stopping their threads. So the child has an allocator of its own: blocks of a power of two, taken from
//! mappings and given out again. Blocks of the parent's are left where they are.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::UnsafeCell;
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};

/// Of blocks, in bytes.
const SMALLEST: usize = 16;
/// Blocks from this size on have mappings of their own, and give their memory back when they are free.
const LARGE: usize = 1 << 20;
/// Small blocks are cut from mappings of this size, or of a smaller one where memory is short.
const ROOMS: [usize; 3] = [1 << 20, 1 << 16, PAGE];
/// What is there before anything is mapped: enough to say that there is no memory.
const FIRST_ROOM: usize = 1 << 16;
/// Nothing is aligned to more.
const PAGE: usize = 4096;
/// Each is large, and there are few of them: sizes double.
const MAX_MAPPINGS: usize = 4096;

/// Pages of the program's own.
#[repr(align(4096))]
struct Pages(UnsafeCell<[u8; FIRST_ROOM]>);

// SAFETY: only the child's one thread touches them.
unsafe impl Sync for Pages {}

static FIRST: Pages = Pages(UnsafeCell::new([0; FIRST_ROOM]));

static IS_CHILD: AtomicBool = AtomicBool::new(false);

/// Where the mappings lie; only the child's one thread changes them, as all that follows.
static STARTS: [AtomicUsize; MAX_MAPPINGS] = [const { AtomicUsize::new(0) }; MAX_MAPPINGS];
static ENDS: [AtomicUsize; MAX_MAPPINGS] = [const { AtomicUsize::new(0) }; MAX_MAPPINGS];
static N_MAPPINGS: AtomicUsize = AtomicUsize::new(0);
/// What is left of the mapping that small blocks are cut from.
static NEXT: AtomicUsize = AtomicUsize::new(0);
static END: AtomicUsize = AtomicUsize::new(0);
/// Free blocks by the power of two: each begins with the address of the next.
static FREE: [AtomicUsize; usize::BITS as usize] = [const { AtomicUsize::new(0) }; usize::BITS as usize];

/// The child calls this before it asks for memory: from here on `malloc` is not called any more.
#[cfg(target_os = "linux")]
pub(crate) fn leave_malloc() {
    give_first_room();
    IS_CHILD.store(true, Relaxed);
}

/// The first mapping that blocks are cut from.
fn give_first_room() {
    let start = FIRST.0.get() as usize;
    STARTS[0].store(start, Relaxed);
    ENDS[0].store(start + FIRST_ROOM, Relaxed);
    N_MAPPINGS.store(1, Relaxed);
    NEXT.store(start, Relaxed);
    END.store(start + FIRST_ROOM, Relaxed);
}

/// The system's allocator, and in a child the one here.
pub(crate) struct Memory;

// SAFETY: blocks are at least as large and aligned as is asked for, and nobody else's until they are given back.
unsafe impl GlobalAlloc for Memory {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if IS_CHILD.load(Relaxed) {
            return taken(layout) as *mut u8;
        }
        // SAFETY: as the caller promises, here and below.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if !IS_CHILD.load(Relaxed) {
            // SAFETY: as above.
            return unsafe { System.alloc_zeroed(layout) };
        }
        let block = taken(layout) as *mut u8;
        if !block.is_null() {
            // Large blocks are zero but for the place of the next one's address.
            let n_bytes = if size_of_block(layout) >= LARGE { SMALLEST } else { layout.size() };
            // SAFETY: within the block.
            unsafe { block.write_bytes(0, n_bytes) };
        }
        block
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        if !IS_CHILD.load(Relaxed) {
            // SAFETY: as above.
            return unsafe { System.realloc(memory, layout, new_size) };
        }
        // SAFETY: the caller promises that this is a layout.
        let new = unsafe { Layout::from_size_align_unchecked(new_size, layout.align()) };
        if is_ours(memory as usize) && size_of_block(new) == size_of_block(layout) {
            return memory;
        }
        let block = taken(new) as *mut u8;
        if !block.is_null() {
            // SAFETY: both are at least so long, and the new one is no part of the old one.
            unsafe {
                ptr::copy_nonoverlapping(memory, block, layout.size().min(new_size));
                self.dealloc(memory, layout);
            }
        }
        block
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        if !IS_CHILD.load(Relaxed) {
            // SAFETY: as above.
            unsafe { System.dealloc(memory, layout) };
        } else if is_ours(memory as usize) {
            give_back(memory as usize, size_of_block(layout));
        }
    }
}

/// In front of a block whose size its owner does not remember: that size, and as much again to keep the alignment.
const HEAD: usize = 16;

/// A block that knows its size; null where there is none.
pub(crate) fn block(size: usize) -> *mut u8 {
    let Some(layout) = headed(size) else { return ptr::null_mut() };
    let start = taken(layout);
    if start == 0 {
        return ptr::null_mut();
    }
    // SAFETY: the block is longer than its head, and aligned to it.
    unsafe { *(start as *mut usize) = size };
    (start + HEAD) as *mut u8
}

/// The block with another size; null, and the block unchanged, where there is none or it is the parent's.
///
/// # Safety
/// Null, a block that [`block`] gave, or one of the parent's allocator.
pub(crate) unsafe fn grown(memory: *mut u8, size: usize) -> *mut u8 {
    if memory.is_null() {
        return block(size);
    }
    if !is_ours(memory as usize) {
        return ptr::null_mut();
    }
    let grown = block(size);
    if !grown.is_null() {
        // SAFETY: the caller's promise; both are at least so long.
        unsafe {
            ptr::copy_nonoverlapping(memory, grown, size_of_headed(memory).min(size));
            give_back_block(memory);
        }
    }
    grown
}

/// # Safety
/// As for [`grown`]; what was the parent's stays.
pub(crate) unsafe fn give_back_block(memory: *mut u8) {
    if is_ours(memory as usize) {
        // SAFETY: the caller's promise.
        if let Some(layout) = headed(unsafe { size_of_headed(memory) }) {
            give_back(memory as usize - HEAD, size_of_block(layout));
        }
    }
}

/// # Safety
/// A block that [`block`] gave.
unsafe fn size_of_headed(memory: *mut u8) -> usize {
    // SAFETY: it has a head, which is aligned.
    unsafe { *((memory as usize - HEAD) as *const usize) }
}

fn headed(size: usize) -> Option<Layout> {
    Layout::from_size_align(size.checked_add(HEAD)?, HEAD).ok()
}

fn size_of_block(layout: Layout) -> usize {
    layout.size().max(layout.align()).max(SMALLEST).next_power_of_two()
}

/// A block, or 0.
fn taken(layout: Layout) -> usize {
    if layout.align() > PAGE || layout.size() > usize::MAX / 4 {
        return 0;
    }
    let size = size_of_block(layout);
    let free = &FREE[size.trailing_zeros() as usize];
    let block = free.load(Relaxed);
    if block != 0 {
        // SAFETY: a free block of ours, which begins so.
        free.store(unsafe { *(block as *const usize) }, Relaxed);
        return block;
    }
    if size >= LARGE {
        return mapped(size);
    }
    // The mapping begins at a page, and blocks of a page or less at a multiple of their size.
    let next = NEXT.load(Relaxed).next_multiple_of(size.min(PAGE));
    if next != 0 && next + size <= END.load(Relaxed) {
        NEXT.store(next + size, Relaxed);
        return next;
    }
    let rooms = ROOMS.into_iter().map(|room| room.max(size));
    for (room, start) in rooms.map(|room| (room, mapped(room))) {
        if start != 0 {
            NEXT.store(start + size, Relaxed);
            END.store(start + room, Relaxed);
            return start;
        }
    }
    0
}

fn give_back(block: usize, size: usize) {
    if size >= LARGE {
        // SAFETY: pages of ours that nobody uses; where the advice is refused they are made zero by hand.
        unsafe {
            if libc::madvise(block as *mut _, size, libc::MADV_DONTNEED) != 0 || !cfg!(target_os = "linux") {
                (block as *mut u8).write_bytes(0, size);
            }
        }
    }
    let free = &FREE[size.trailing_zeros() as usize];
    // SAFETY: a block of ours that nobody uses.
    unsafe { *(block as *mut usize) = free.load(Relaxed) };
    free.store(block, Relaxed);
}

/// A new mapping, all zero; 0 where there is none.
fn mapped(size: usize) -> usize {
    let n_mappings = N_MAPPINGS.load(Relaxed);
    if n_mappings == MAX_MAPPINGS {
        return 0;
    }
    let (protection, flags) = (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS);
    // SAFETY: a new private mapping, at no address that anybody uses.
    let start = unsafe { libc::mmap(ptr::null_mut(), size, protection, flags, -1, 0) };
    if start == libc::MAP_FAILED {
        return 0;
    }
    STARTS[n_mappings].store(start as usize, Relaxed);
    ENDS[n_mappings].store(start as usize + size, Relaxed);
    N_MAPPINGS.store(n_mappings + 1, Relaxed);
    start as usize
}

/// Whether a block was given out here, and not by the parent's allocator.
fn is_ours(block: usize) -> bool {
    let mappings = STARTS.iter().zip(&ENDS).take(N_MAPPINGS.load(Relaxed));
    mappings.rev().any(|(start, end)| (start.load(Relaxed)..end.load(Relaxed)).contains(&block))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The one test that may use what belongs to one thread.
    #[test]
    fn blocks_are_apart_and_used_again() {
        let mut blocks: Vec<(usize, usize)> = Vec::new();
        for turn in 0..3 {
            for exponent in 0..24 {
                for (size, align) in
                    [(1 << exponent, 1), ((1 << exponent) + 1, 16), (40, 1 << (exponent % 13))]
                {
                    let layout = Layout::from_size_align(size, align).unwrap();
                    let block = taken(layout);
                    assert!(block != 0 && block.is_multiple_of(align) && is_ours(block), "{size} {align}");
                    // SAFETY: ours from here on.
                    unsafe { (block as *mut u8).write_bytes(turn, size) };
                    blocks.push((block, size_of_block(layout)));
                }
            }
            blocks.sort_unstable();
            assert!(blocks.windows(2).all(|pair| pair[0].0 + pair[0].1 <= pair[1].0));
            if turn > 0 {
                blocks.drain(..).for_each(|(block, size)| give_back(block, size));
            }
        }
        assert!(!is_ours(&raw const blocks as usize));
        // SAFETY: blocks from here, and one that is not.
        unsafe {
            let (known, mut foreign) = (block(100), 0u64);
            known.write_bytes(7, 100);
            let known = grown(known, 1000);
            assert!(std::slice::from_raw_parts(known, 100).iter().all(|byte| *byte == 7));
            give_back_block(known);
            assert_eq!(block(990), known);
            assert!(grown((&raw mut foreign).cast(), 8).is_null());
            give_back_block((&raw mut foreign).cast());
            give_back_block(ptr::null_mut());
        }
        let n_mappings = N_MAPPINGS.load(Relaxed);
        let large = taken(Layout::from_size_align(LARGE, 8).unwrap());
        // SAFETY: ours, and as long.
        let bytes = unsafe { std::slice::from_raw_parts(large as *const u8, LARGE) };
        assert!(bytes[8..].iter().all(|byte| *byte == 0));
        assert_eq!(N_MAPPINGS.load(Relaxed), n_mappings);
    }
}
