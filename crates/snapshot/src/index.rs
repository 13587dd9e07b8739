//! The index file: columns that were worked out from a snapshot, kept beside it so that it opens at once.
//!
//! Bound to one snapshot by length and checksum of its directory, which holds the checksum of every chunk. An index
//! that is stale, damaged or of another version is no error: it is as good as none. All of its bytes are compared
//! with checksums when it is opened, and once more when they are read: what is written to it meanwhile is noticed.
//! What the numbers mean is for those to check who take them.

use std::fs;
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

use xxhash_rust::xxh3::{Xxh3, xxh3_64};

use crate::container::{u32_at, u64_at};
use crate::destination::{self, open_as_it_is, signature};
use crate::index_column::{IndexColumn, Number};
use crate::partial::{self, Partial};
use crate::pieces::{Extent, PIECE, PieceFile, checksums};
use crate::size_limit::SizeSignal;
use crate::source::SourceFile;
use crate::stamp::{SnapshotKey, Stamp};

pub(crate) const MAGIC: [u8; 8] = *b"\x89HVIDX\r\n";
/// Raised whenever a column changes its meaning, or an algorithm its answers.
const INDEX_VERSION: u32 = 3;
const HEADER_LEN: usize = 96;
const ROW_LEN: usize = 24;
/// Columns begin at multiples of this many bytes.
const ALIGN: usize = 64;
/// Bytes read at once to be checked: they stay in the processor's cache meanwhile.
const CHECKED_AT_ONCE: usize = PIECE * 16;
/// Written at once, at multiples of this length: the kernel then keeps the file in large pages.
const AT_ONCE: usize = 1 << 22;

/// The columns of an index; FORMAT.md says what they hold.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u32)]
pub enum IndexSection {
    AddressPages = 1,
    AddressWords = 2,
    AddressRanks = 3,
    AddressObjects = 4,
    FirstEdges = 5,
    AddressesSorted = 6,
    Pieces = 7,
    OutOffsets = 10,
    InOffsets = 11,
    InSources = 12,
    TreeOrder = 20,
    TreePosition = 21,
    TreeDominator = 22,
    TreeSubtree = 23,
    TreeWideSubtreePlaces = 24,
    TreeWideSubtrees = 25,
    Retained = 30,
    RetainedWideObjects = 31,
    RetainedWideSizes = 32,
    PathCost = 40,
    PathParent = 41,
    PathEdge = 42,
    RootObjects = 50,
    RootReferences = 51,
    HistogramTypes = 60,
    HistogramCounts = 61,
    HistogramShallow = 62,
    HistogramRetained = 63,
    Totals = 70,
}

/// One column to be written.
#[derive(Clone, Copy, Debug)]
pub enum IndexValues<'a> {
    U8(&'a [u8]),
    U32(&'a [u32]),
    U64(&'a [u64]),
}

/// An open index. Its bytes agreed with their checksums when it was opened.
#[derive(Debug)]
pub struct Index {
    file: Arc<PieceFile>,
    /// All columns.
    body: Extent,
    rows: Vec<Row>,
    stamp: Stamp,
}

#[derive(Clone, Copy, Debug)]
struct Row {
    section: u32,
    element_len: u32,
    offset: u64,
    len: u64,
}

/// Where the index of a snapshot may be: beside it, or in `cache_folder`.
pub(crate) fn places(snapshot: &Path, key: &SnapshotKey, cache_folder: Option<&Path>) -> Vec<PathBuf> {
    let mut beside = snapshot.as_os_str().to_owned();
    beside.push(".idx");
    let cached = cache_folder.map(|folder| folder.join(format!("{:016x}-{:x}.idx", key.directory, key.len)));
    std::iter::once(PathBuf::from(beside)).chain(cached).collect()
}

impl Index {
    /// The index at `path` if it is whole and belongs to the snapshot. O(file size) on all processors.
    pub(crate) fn open(path: &Path, key: &SnapshotKey) -> Option<Self> {
        let source = SourceFile::open(path).ok()?;
        let mut header = [0; HEADER_LEN];
        source.read(&mut header, 0).ok()?;
        let is_ours = header[..8] == MAGIC && u32_at(&header, 8) == INDEX_VERSION;
        let written_for = SnapshotKey { len: u64_at(&header, 16), directory: u64_at(&header, 24) };
        if !is_ours
            || written_for != *key
            || xxh3_64(&header[..HEADER_LEN - 8]) != u64_at(&header, HEADER_LEN - 8)
        {
            return None;
        }
        let stamp =
            Stamp { inode: u64_at(&header, 32), modified: u64_at(&header, 40), changed: u64_at(&header, 48) };
        let n_rows = u32_at(&header, 12) as usize;
        let tail_len = source.len().checked_sub(u64_at(&header, 56))?;
        if tail_len != u64_at(&header, 64) {
            return None;
        }
        let end = usize::try_from(u64_at(&header, 56)).ok()?;
        let body = Extent::new(HEADER_LEN, end.checked_sub(HEADER_LEN)?, 0);
        let tail = source.bytes(end as u64, tail_len).ok()?;
        let (rows, sums) = tail.split_at_checked(n_rows.checked_mul(ROW_LEN)?)?;
        if xxh3_64(&tail) != u64_at(&header, 72) || sums.len() != body.n_pieces().checked_mul(8)? {
            return None;
        }
        let sums: Vec<u64> = sums.chunks_exact(8).map(|sum| u64_at(sum, 0)).collect();
        if !pieces_agree(&source, &body, &sums) {
            return None;
        }
        let rows = rows
            .chunks_exact(ROW_LEN)
            .map(|row| Row {
                section: u32_at(row, 0),
                element_len: u32_at(row, 4),
                offset: u64_at(row, 8),
                len: u64_at(row, 16),
            })
            .collect();
        let file = Arc::new(PieceFile::new(Arc::new(source), sums).ok()?);
        Some(Self { file, body, rows, stamp })
    }

    /// What the file system said of the snapshot when the index was written, after every check.
    pub(crate) fn stamp(&self) -> &Stamp {
        &self.stamp
    }

    /// A column; `None` if it is missing, or holds numbers of another width.
    pub fn column<T: Number>(&self, section: IndexSection) -> Option<IndexColumn<T>> {
        let row = self.rows.iter().find(|row| row.section == section as u32)?;
        if row.element_len as usize != size_of::<T>() {
            return None;
        }
        IndexColumn::new(Arc::clone(&self.file), self.body, row.offset, row.len)
    }
}

/// Writes an index for the snapshot to the first of `places` where that is possible. The file is synced before it
/// takes its name, and has mode 0600.
pub(crate) fn write(
    places: &[PathBuf],
    key: &SnapshotKey,
    stamp: &Stamp,
    columns: &[(IndexSection, IndexValues<'_>)],
) -> io::Result<()> {
    let mut failure = io::Error::other("no place for an index");
    for place in places {
        match write_to(place, key, stamp, columns) {
            Ok(()) => return Ok(()),
            Err(error) => failure = error,
        }
    }
    Err(failure)
}

fn write_to(
    path: &Path,
    key: &SnapshotKey,
    stamp: &Stamp,
    columns: &[(IndexSection, IndexValues<'_>)],
) -> io::Result<()> {
    let folder = destination::folder(path);
    if !folder.exists() {
        create_private(folder)?;
    }
    if !may_be_replaced(path) {
        return Err(io::Error::other("the name of the index is taken by another file"));
    }
    partial::remove_abandoned(folder);
    let mut partial = Partial::create(folder, &destination::token())?;
    let _held = SizeSignal::hold();
    let file = partial.file();
    let mut aligned = Aligned { file: &mut *file, buffer: Vec::with_capacity(AT_ONCE) };
    // Whose file it is; the checksum of the header agrees when all is written.
    let mut unfinished = [0; HEADER_LEN];
    unfinished[..MAGIC.len()].copy_from_slice(&MAGIC);
    aligned.write_all(&unfinished)?;
    let mut body = Body::new(aligned);
    let mut rows = Vec::with_capacity(columns.len() * ROW_LEN);
    for (section, values) in columns {
        body.align()?;
        let offset = HEADER_LEN as u64 + body.len;
        let (element_len, len) = match values {
            IndexValues::U8(values) => {
                body.put(values)?;
                (1u32, values.len())
            }
            IndexValues::U32(values) => (4, body.numbers(values, u32::to_le_bytes)?),
            IndexValues::U64(values) => (8, body.numbers(values, u64::to_le_bytes)?),
        };
        rows.extend_from_slice(&(*section as u32).to_le_bytes());
        rows.extend_from_slice(&element_len.to_le_bytes());
        rows.extend_from_slice(&offset.to_le_bytes());
        rows.extend_from_slice(&(len as u64).to_le_bytes());
    }
    let end = HEADER_LEN as u64 + body.len;
    let mut tail = rows;
    tail.extend(body.finish()?.iter().flat_map(|checksum| checksum.to_le_bytes()));
    file.write_all(&tail)?;
    let mut header = Vec::with_capacity(HEADER_LEN);
    header.extend_from_slice(&MAGIC);
    header.extend_from_slice(&INDEX_VERSION.to_le_bytes());
    header.extend_from_slice(&(columns.len() as u32).to_le_bytes());
    let Stamp { inode, modified, changed } = *stamp;
    let tail_checksum = xxh3_64(&tail);
    for value in [key.len, key.directory, inode, modified, changed, end, tail.len() as u64, tail_checksum, 0]
    {
        header.extend_from_slice(&value.to_le_bytes());
    }
    header.extend_from_slice(&xxh3_64(&header).to_le_bytes());
    file.seek(SeekFrom::Start(0))?;
    file.write_all(&header)?;
    partial.replace(path)
}

/// Whether there is nothing, or an index, whatever version or damage it has.
fn may_be_replaced(path: &Path) -> bool {
    let Ok(metadata) = path.symlink_metadata() else { return true };
    let is_index = || open_as_it_is(path).and_then(|file| signature(&file)).is_ok_and(|start| start == MAGIC);
    metadata.is_file() && (metadata.len() == 0 || is_index())
}

/// Writes pieces of [`AT_ONCE`] bytes.
struct Aligned<W> {
    file: W,
    buffer: Vec<u8>,
}

impl<W: Write> Write for Aligned<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let n_taken = bytes.len().min(AT_ONCE - self.buffer.len());
        self.buffer.extend_from_slice(&bytes[..n_taken]);
        if self.buffer.len() == AT_ONCE {
            self.flush()?;
        }
        Ok(n_taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.write_all(&self.buffer)?;
        self.buffer.clear();
        self.file.flush()
    }
}

/// The columns as they are written, with a checksum for each piece.
struct Body<W> {
    file: W,
    len: u64,
    piece: Xxh3,
    checksums: Vec<u64>,
}

impl<W: Write> Body<W> {
    fn new(file: W) -> Self {
        Self { file, len: 0, piece: Xxh3::new(), checksums: Vec::new() }
    }

    fn put(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)?;
        while !bytes.is_empty() {
            let left = PIECE - (self.len % PIECE as u64) as usize;
            let (now, later) = bytes.split_at(left.min(bytes.len()));
            self.piece.update(now);
            self.len += now.len() as u64;
            if now.len() == left {
                self.end_piece();
            }
            bytes = later;
        }
        Ok(())
    }

    fn end_piece(&mut self) {
        self.checksums.push(self.piece.digest());
        self.piece.reset();
    }

    fn align(&mut self) -> io::Result<()> {
        let after_header = HEADER_LEN as u64 + self.len;
        self.put(&[0; ALIGN][..(after_header.next_multiple_of(ALIGN as u64) - after_header) as usize])
    }

    /// Returns how many numbers were written.
    fn numbers<T: Copy, const N: usize>(
        &mut self,
        values: &[T],
        bytes: fn(T) -> [u8; N],
    ) -> io::Result<usize> {
        let mut buffer = Vec::with_capacity(1 << 16);
        for part in values.chunks((1 << 16) / N) {
            buffer.clear();
            for value in part {
                buffer.extend_from_slice(&bytes(*value));
            }
            self.put(&buffer)?;
        }
        Ok(values.len())
    }

    fn finish(mut self) -> io::Result<Vec<u64>> {
        if !self.len.is_multiple_of(PIECE as u64) {
            self.end_piece();
        }
        self.file.flush()?;
        Ok(self.checksums)
    }
}

/// Whether each piece agrees with its checksum; on all processors.
fn pieces_agree(source: &SourceFile, body: &Extent, sums: &[u64]) -> bool {
    let n_threads = thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let n_of_each = sums.len().div_ceil(n_threads).max(1);
    let agree = |first: usize, sums: &[u64]| {
        let mut buffer = Vec::new();
        let n_at_once = CHECKED_AT_ONCE / PIECE;
        sums.chunks(n_at_once).enumerate().all(|(block, sums)| {
            let start = (first + block * n_at_once) * PIECE;
            let len = (sums.len() * PIECE).min(body.len() - start);
            let offset = (body.start() + start) as u64;
            source.read_into(&mut buffer, offset, len as u64).is_ok()
                && checksums(&buffer).eq(sums.iter().copied())
        })
    };
    thread::scope(|scope| {
        let parts = sums.chunks(n_of_each).enumerate();
        let threads: Vec<_> =
            parts.map(|(part, sums)| scope.spawn(move || agree(part * n_of_each, sums))).collect();
        threads.into_iter().all(|thread| thread.join().unwrap_or(false))
    })
}

fn create_private(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}
