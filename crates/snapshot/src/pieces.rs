//! Parts of a file, read into memory piece by piece when they are asked for, each compared with its checksum then. With
//! `index_column.rs` and `chunks.rs` the only place of this crate with unsafe code.
//!
//! It does what a mapping of the file would do, and is safe from what happens to the file: a piece that was read stays
//! as it is, and one that is no longer what it was is noticed before anybody sees it.

use std::fmt;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use memmap2::{MmapOptions, MmapRaw};
use xxhash_rust::xxh3::xxh3_64;

use crate::error::SnapshotError;
use crate::source::SourceFile;
use crate::unreadable::Unreadable;

/// Bytes read and checked at once: many small answers are far apart, and reading one page costs nearly as much.
pub(crate) const PIECE: usize = 1 << 14;
/// Pieces that are read at once where one after another is asked for, and that have one lock.
const GROUP: usize = 8;
const N_LOCKS: usize = 64;
/// Pieces read at once where nothing is kept: they stay in the processor's cache until they are checked.
const AT_ONCE: usize = 16;

/// A run of bytes of the file, cut into pieces from its start on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Extent {
    start: usize,
    len: usize,
    /// Number of the first piece among all of the file.
    first_piece: usize,
}

impl Extent {
    /// A run of `len` bytes at `start`, which lies in the file; `first_piece` pieces belong to other runs before it.
    pub(crate) fn new(start: usize, len: usize, first_piece: usize) -> Self {
        Self { start, len, first_piece }
    }

    /// Offset in the file.
    pub(crate) fn start(&self) -> usize {
        self.start
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn n_pieces(&self) -> usize {
        self.len.div_ceil(PIECE)
    }

    fn damage(&self, piece: usize) -> SnapshotError {
        let offset = self.start + piece * PIECE;
        SnapshotError::damaged(format!("the bytes from {offset} on do not match their checksum"))
    }
}

/// The checksums of the pieces of some bytes.
pub(crate) fn checksums(bytes: &[u8]) -> impl Iterator<Item = u64> + '_ {
    bytes.chunks(PIECE).map(xxh3_64)
}

/// A file of which pieces are in memory.
pub(crate) struct PieceFile {
    source: Arc<SourceFile>,
    /// As long as the file; only what was read takes memory.
    memory: MmapRaw,
    /// A bit for each piece that is in memory.
    is_read: Vec<AtomicU64>,
    checksums: Vec<u64>,
    locks: [Mutex<()>; N_LOCKS],
}

impl PieceFile {
    /// Reads nothing. `checksums` are those of the pieces of all extents, in their order.
    pub(crate) fn new(source: Arc<SourceFile>, checksums: Vec<u64>) -> Result<Self, SnapshotError> {
        let memory = memory_for(&source)?;
        let is_read = (0..checksums.len().div_ceil(64)).map(|_| AtomicU64::new(0)).collect();
        Ok(Self { source, memory, is_read, checksums, locks: [const { Mutex::new(()) }; N_LOCKS] })
    }

    pub(crate) fn source(&self) -> &Arc<SourceFile> {
        &self.source
    }

    pub(crate) fn checksums(&self) -> &[u64] {
        &self.checksums
    }

    /// Gives back the memory of all pieces; they are read again when they are asked for.
    pub(crate) fn forget(&mut self) {
        // Without new memory the old one does as well.
        if let Ok(memory) = memory_for(&self.source) {
            self.memory = memory;
            self.is_read.iter_mut().for_each(|bits| *bits.get_mut() = 0);
        }
    }

    /// Bytes of an extent; fewer if `range` does not lie in it. Ends the question if they cannot be read.
    #[inline]
    pub(crate) fn bytes(&self, extent: &Extent, range: Range<usize>) -> &[u8] {
        let end = range.end.min(extent.len);
        if range.start >= end {
            return &[];
        }
        let (first, last) = (range.start / PIECE, (end - 1) / PIECE);
        for piece in first..=last {
            if !self.is_read(extent.first_piece + piece) {
                self.read(extent, piece);
            }
        }
        // SAFETY: the extent lies in the file, whose length the memory has. All pieces of the range are in memory:
        // nobody writes to one from the moment on that its bit, which was seen set, is set, and the memory is given
        // back only by those who have the file for themselves.
        unsafe {
            std::slice::from_raw_parts(
                self.memory.as_mut_ptr().add(extent.start + range.start),
                end - range.start,
            )
        }
    }

    /// Replaces what is in `buffer` by bytes of an extent, as [`PieceFile::bytes`] gives them, without keeping them in memory:
    /// for passes over everything.
    pub(crate) fn copy(&self, extent: &Extent, range: Range<usize>, buffer: &mut Vec<u8>) {
        buffer.clear();
        let end = range.end.min(extent.len);
        if range.start >= end {
            return;
        }
        let (first, last) = (range.start / PIECE, (end - 1) / PIECE);
        for piece in first..=last {
            let bytes = piece * PIECE..((piece + 1) * PIECE).min(extent.len);
            let number = extent.first_piece + piece;
            if self.is_read(number) {
                buffer.extend_from_slice(self.bytes(extent, bytes));
                continue;
            }
            let start = buffer.len();
            buffer.resize(start + bytes.len(), 0);
            let read = self.source.read(&mut buffer[start..], (extent.start + bytes.start) as u64);
            let is_sound = self.checksums.get(number) == Some(&xxh3_64(&buffer[start..]));
            if let Err(error) = read.and_then(|()| if is_sound { Ok(()) } else { Err(extent.damage(piece)) })
            {
                self.raise(error);
            }
        }
        buffer.truncate(end - first * PIECE);
        buffer.drain(..range.start - first * PIECE);
    }

    /// Fills `bytes` with what stands at `at` of an extent, of which there is as much; keeps nothing in memory but the
    /// pieces at the ends.
    pub(crate) fn fill(&self, extent: &Extent, at: usize, bytes: &mut [u8]) {
        let (mut at, mut rest) = (at, bytes);
        while !rest.is_empty() {
            let n_whole = if at.is_multiple_of(PIECE) { (rest.len() / PIECE).min(AT_ONCE) } else { 0 };
            let len = if n_whole > 0 { n_whole * PIECE } else { (PIECE - at % PIECE).min(rest.len()) };
            let (part, after) = rest.split_at_mut(len);
            if n_whole > 0 {
                self.read_whole(extent, at / PIECE, part);
            } else {
                part.copy_from_slice(self.bytes(extent, at..at + len));
            }
            (at, rest) = (at + len, after);
        }
    }

    /// Fills `bytes` with so many whole pieces from `first` on.
    fn read_whole(&self, extent: &Extent, first: usize, bytes: &mut [u8]) {
        if let Err(error) = self.source.read(bytes, (extent.start + first * PIECE) as u64) {
            self.raise(error);
        }
        for (piece, bytes) in (first..).zip(bytes.chunks(PIECE)) {
            if self.checksums.get(extent.first_piece + piece) != Some(&xxh3_64(bytes)) {
                self.raise(extent.damage(piece));
            }
        }
    }

    /// As [`PieceFile::bytes`], for few bytes that nearly always lie in one piece; zeros if they do not lie in the extent.
    #[inline]
    pub(crate) fn array<const LEN: usize>(&self, extent: &Extent, at: usize) -> [u8; LEN] {
        let is_simple = at + LEN <= extent.len && at % PIECE + LEN <= PIECE;
        if is_simple && self.is_read(extent.first_piece + at / PIECE) {
            // SAFETY: as in `bytes`: the piece that they lie in is in memory.
            return unsafe { self.memory.as_ptr().add(extent.start + at).cast::<[u8; LEN]>().read() };
        }
        self.bytes(extent, at..at.saturating_add(LEN)).first_chunk().copied().unwrap_or([0; LEN])
    }

    #[inline]
    fn is_read(&self, piece: usize) -> bool {
        let bits = self.is_read.get(piece / 64).map_or(0, |bits| bits.load(Ordering::Acquire));
        bits >> (piece % 64) & 1 == 1
    }

    /// Reads a piece of an extent; where the one before it is there, those after it as well.
    #[cold]
    fn read(&self, extent: &Extent, piece: usize) {
        let group = (extent.first_piece + piece) / GROUP;
        let failure = {
            let _guard = self.locks[group % N_LOCKS].lock().unwrap_or_else(PoisonError::into_inner);
            self.read_locked(extent, piece)
        };
        if let Err(error) = failure {
            self.raise(error);
        }
    }

    /// Ends the question.
    #[cold]
    fn raise(&self, error: SnapshotError) -> ! {
        Unreadable { path: self.source.path().to_owned(), error: self.source.explain(error) }.raise()
    }

    /// The lock of the piece's group is held.
    fn read_locked(&self, extent: &Extent, piece: usize) -> Result<(), SnapshotError> {
        let number = extent.first_piece + piece;
        if self.is_read(number) {
            return Ok(());
        }
        let is_next = piece > 0 && self.is_read(number - 1);
        let most = if is_next { GROUP - number % GROUP } else { 1 };
        let n_pieces = (1..most.min(extent.n_pieces() - piece))
            .find(|ahead| self.is_read(number + ahead))
            .unwrap_or(most.min(extent.n_pieces() - piece));
        let start = piece * PIECE;
        let len = (n_pieces * PIECE).min(extent.len - start);
        // SAFETY: the bytes lie in the memory, as above. None of these pieces is in memory, so nobody looks at them, and
        // who would read them into memory waits for the lock.
        let bytes = unsafe {
            std::slice::from_raw_parts_mut(self.memory.as_mut_ptr().add(extent.start + start), len)
        };
        self.source.read(bytes, (extent.start + start) as u64)?;
        for (ahead, bytes) in bytes.chunks(PIECE).enumerate() {
            if self.checksums.get(number + ahead) == Some(&xxh3_64(bytes)) {
                self.is_read[(number + ahead) / 64].fetch_or(1 << ((number + ahead) % 64), Ordering::Release);
            } else if ahead == 0 {
                return Err(extent.damage(piece));
            }
        }
        Ok(())
    }
}

/// Addresses for the whole file, none of which takes memory yet.
fn memory_for(source: &SourceFile) -> Result<MmapRaw, SnapshotError> {
    let len = usize::try_from(source.len()).map_err(|_| SnapshotError::no_memory(source.len()))?;
    let memory = MmapOptions::new().len(len.max(1)).no_reserve_swap().map_anon();
    memory.map(MmapRaw::from).map_err(|_| SnapshotError::no_memory(source.len()))
}

impl fmt::Debug for PieceFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PieceFile {} of {} pieces", self.source.path().display(), self.checksums.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::unreadable::readable;

    /// A file with `start` bytes before an extent of `len`.
    fn file(folder: &tempfile::TempDir, start: usize, len: usize) -> (PieceFile, Extent, Vec<u8>) {
        let mut bytes: Vec<u8> = (0..start + len).map(|at| (at * 7 % 251) as u8).collect();
        let path = folder.path().join("file");
        std::fs::write(&path, &bytes).unwrap();
        let sums = checksums(&bytes[start..]).collect();
        let pieces = PieceFile::new(Arc::new(SourceFile::open(&path).unwrap()), sums).unwrap();
        (pieces, Extent::new(start, len, 0), bytes.split_off(start))
    }

    #[test]
    fn what_is_filled_is_what_the_file_has() {
        let folder = tempfile::tempdir().unwrap();
        let len = 40 * PIECE + 100;
        let (pieces, extent, bytes) = file(&folder, 24, len);
        for (at, end) in [(0, len), (8, len), (PIECE, 3 * PIECE), (5, 9), (PIECE - 1, PIECE + 1), (len, len)]
        {
            let mut filled = vec![0; end - at];
            pieces.fill(&extent, at, &mut filled);
            assert!(filled == bytes[at..end], "{at}..{end}");
        }
    }

    #[test]
    fn what_has_changed_since_ends_the_question() {
        let folder = tempfile::tempdir().unwrap();
        let len = 40 * PIECE;
        let (pieces, extent, mut bytes) = file(&folder, 0, len);
        bytes[20 * PIECE + 3] ^= 1;
        std::fs::write(folder.path().join("file"), &bytes).unwrap();
        let mut filled = vec![0; 20 * PIECE];
        pieces.fill(&extent, 0, &mut filled);
        assert!(filled == bytes[..20 * PIECE]);
        assert!(readable(|| pieces.fill(&extent, 0, &mut vec![0; len])).is_err());
    }
}
