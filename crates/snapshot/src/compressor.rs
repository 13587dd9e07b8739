//! zstd with memory of ours.
//!
//! The library's own contexts call `malloc` whenever they like. A child process of a dump must not (other threads may
//! have held its locks), and what fails for want of memory is to fail as all else here does.

use std::ptr::NonNull;

use zstd::zstd_safe::{compress_bound, zstd_sys};

/// The fastest level; higher ones gain a tenth and take three times as long.
const LEVEL: i32 = 1;

/// Packs one chunk after another, with the same half a megabyte.
#[derive(Debug)]
pub(crate) struct Compressor {
    context: NonNull<zstd_sys::ZSTD_CCtx>,
    /// What the context lies in.
    _memory: Vec<u64>,
}

// SAFETY: the context has no thread of its own and belongs to no thread; calls need `&mut`.
unsafe impl Send for Compressor {}

impl Compressor {
    /// `None` where memory is short.
    pub(crate) fn new() -> Option<Self> {
        // SAFETY: only computes.
        let size = unsafe { zstd_sys::ZSTD_estimateCCtxSize(LEVEL) };
        let n_words = size.div_ceil(size_of::<u64>());
        let mut memory = Vec::new();
        memory.try_reserve_exact(n_words).ok()?;
        memory.resize(n_words, 0u64);
        // SAFETY: memory of that size, aligned to eight bytes, which lives as long as the context and stays in its
        // place when the vector is moved.
        let context = unsafe { zstd_sys::ZSTD_initStaticCCtx(memory.as_mut_ptr().cast(), size) };
        Some(Self { context: NonNull::new(context)?, _memory: memory })
    }

    /// One frame with the bytes; `None` where that cannot be had.
    pub(crate) fn compress(&mut self, bytes: &[u8]) -> Option<Vec<u8>> {
        let bound = compress_bound(bytes.len());
        let mut packed: Vec<u8> = Vec::new();
        packed.try_reserve_exact(bound).ok()?;
        // SAFETY: the library writes at most `bound` bytes to memory of that size, and returns how many, or a
        // number above all sizes.
        unsafe {
            let n_written = zstd_sys::ZSTD_compressCCtx(
                self.context.as_ptr(),
                packed.as_mut_ptr().cast(),
                bound,
                bytes.as_ptr().cast(),
                bytes.len(),
                LEVEL,
            );
            if zstd_sys::ZSTD_isError(n_written) != 0 {
                return None;
            }
            packed.set_len(n_written);
        }
        Some(packed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_is_what_it_was() {
        let mut compressor = Compressor::new().unwrap();
        for len in [0, 1, 1000, 1 << 20, 5 << 20] {
            let bytes: Vec<u8> = (0..len).map(|position: u32| (position / 3 % 251) as u8).collect();
            let packed = compressor.compress(&bytes).unwrap();
            assert_eq!(zstd::bulk::decompress(&packed, bytes.len()).unwrap(), bytes);
            assert!(len < 1000 || packed.len() < bytes.len());
        }
    }
}
