//! `mmap.mmap`: the pages it maps.

use super::{Buffer, BufferKind};
use crate::cpython::{self, Raw, SHIFT};

/// `tp_name` of the type.
pub(crate) const MMAP: &str = "mmap.mmap";

// `mmap_object`, the same in 3.9 to 3.15: https://github.com/python/cpython/blob/3.12/Modules/mmapmodule.c
const DATA: isize = SHIFT + 16;
const SIZE: isize = SHIFT + 24;
/// Basic sizes with the GIL: 80 in 3.9 to 3.13 and in 3.15, 88 in 3.14.
const BASIC_SIZES: [u64; 2] = [SHIFT as u64 + 80, SHIFT as u64 + 88];
/// Offsets of mappings, and so their addresses, are multiples of a page; no machine has smaller ones.
const PAGE: u64 = 4096;

/// Whether the type is as large as the struct read here.
pub(crate) fn is_sound(mmap_type: Raw) -> bool {
    BASIC_SIZES.contains(&cpython::sizes(mmap_type).0)
}

/// The mapped pages; none once the mapping is closed.
pub(crate) fn buffer(mmap: Raw) -> Option<Buffer> {
    let (address, size): (u64, u64) = (mmap.field(DATA), mmap.field(SIZE));
    let is_mapping = address != 0 && address.is_multiple_of(PAGE) && (1..1 << 47).contains(&size);
    is_mapping.then_some(Buffer { address, size, kind: BufferKind::MMAP })
}
