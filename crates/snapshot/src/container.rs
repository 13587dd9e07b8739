//! The container around the sections: magic, format version, directory, checksums. Plain little-endian bytes.
//!
//! rkyv stores no version and no checksum of its own, so the frame around its archives is written by hand:
//! a header, the chunks (each one rkyv archive at a multiple of 16 bytes), the directory, a trailer.

use xxhash_rust::xxh3::xxh3_64;

use crate::edges::EdgeChunk;
use crate::error::SnapshotError;
use crate::machine::available;
use crate::objects::ObjectChunk;
use crate::sites::ObjectSiteChunk;
use crate::source::SourceFile;
use crate::tables::room_for;

/// The newest format version this library reads and the one it writes.
pub const FORMAT_VERSION: u32 = 4;
pub(crate) const HEADER_LEN: usize = 32;
pub(crate) const TRAILER_LEN: usize = 40;
/// Where chunks may start: enough for every column's element type.
pub(crate) const CHUNK_ALIGN: u64 = 16;

/// The first byte is not ASCII and `\r\n` is inside, so that text tools and line-ending damage show (as in PNG).
pub(crate) const MAGIC: [u8; 8] = *b"\x89HVIEW\r\n";
const END_MAGIC: [u8; 8] = *b"\r\nWEIVH\x89";
/// rkyv's format control in force: 1 little endian, 2 aligned, 4 pointers of 64 bits.
const ARCHIVE_FLAGS: u32 = 1 | 2 | 4;
const ENTRY_LEN: usize = 48;

/// Bytes that a packed chunk may come to: no chunk that this library packs is longer.
pub(crate) const MAX_CHUNK_LEN: u64 = 1 << 30;
/// Bytes of any chunk: positions in it are counted with 32 bits.
const MAX_TABLE_LEN: u64 = u32::MAX as u64;

/// What a chunk of the file holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u32)]
pub(crate) enum SectionKind {
    Meta = 1,
    Objects = 2,
    Edges = 3,
    Types = 4,
    Strings = 5,
    Roots = 6,
    Ledger = 7,
    Sites = 8,
    ObjectSites = 9,
    Uses = 10,
    Locations = 11,
}

impl SectionKind {
    fn from_code(code: u32) -> Option<Self> {
        [
            Self::Meta,
            Self::Objects,
            Self::Edges,
            Self::Types,
            Self::Strings,
            Self::Roots,
            Self::Ledger,
            Self::Sites,
            Self::ObjectSites,
            Self::Uses,
            Self::Locations,
        ]
        .into_iter()
        .find(|kind| *kind as u32 == code)
    }
}

/// How a chunk's archive stands in the file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u32)]
pub(crate) enum Encoding {
    Plain = 0,
    /// One zstd frame.
    Zstd = 1,
}

impl Encoding {
    fn from_code(code: u32) -> Option<Self> {
        [Self::Plain, Self::Zstd].into_iter().find(|encoding| *encoding as u32 == code)
    }
}

/// One chunk as the directory lists it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    pub kind: SectionKind,
    pub encoding: Encoding,
    pub offset: u64,
    /// Bytes in the file.
    pub len: u64,
    /// Bytes of the archive itself.
    pub plain_len: u64,
    pub n_rows: u64,
    /// xxh3-64 of the chunk's bytes in the file.
    pub checksum: u64,
}

pub(crate) fn header() -> [u8; HEADER_LEN] {
    let mut bytes = [0; HEADER_LEN];
    bytes[..8].copy_from_slice(&MAGIC);
    bytes[8..12].copy_from_slice(&FORMAT_VERSION.to_le_bytes());
    bytes[12..16].copy_from_slice(&ARCHIVE_FLAGS.to_le_bytes());
    let checksum = xxh3_64(&bytes[..24]);
    bytes[24..].copy_from_slice(&checksum.to_le_bytes());
    bytes
}

/// The directory and the trailer that ends the file; `offset` is where they are written.
pub(crate) fn directory(entries: &[Entry], offset: u64) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(entries.len() * ENTRY_LEN + TRAILER_LEN);
    for entry in entries {
        bytes.extend_from_slice(&(entry.kind as u32).to_le_bytes());
        bytes.extend_from_slice(&(entry.encoding as u32).to_le_bytes());
        for value in [entry.offset, entry.len, entry.plain_len, entry.n_rows, entry.checksum] {
            bytes.extend_from_slice(&value.to_le_bytes());
        }
    }
    let checksum = xxh3_64(&bytes);
    let len = bytes.len() as u64;
    for value in [offset, len, checksum, offset + len + TRAILER_LEN as u64] {
        bytes.extend_from_slice(&value.to_le_bytes());
    }
    bytes.extend_from_slice(&END_MAGIC);
    bytes
}

/// Reads header, trailer and directory. The chunks then lie in the file one behind the other, are aligned, and none is
/// longer than its rows can be. Chunks of kinds this version does not know are left out.
pub(crate) fn read_directory(file: &SourceFile) -> Result<Directory, SnapshotError> {
    check_header(file)?;
    let truncated = SnapshotError::Truncated { found: file.len() };
    let Some(trailer_start) =
        file.len().checked_sub(TRAILER_LEN as u64).filter(|at| *at >= HEADER_LEN as u64)
    else {
        return Err(truncated);
    };
    let mut trailer = [0; TRAILER_LEN];
    file.read(&mut trailer, trailer_start)?;
    if trailer[32..] != END_MAGIC || u64_at(&trailer, 24) != file.len() {
        return Err(truncated);
    }
    let (start, len) = (u64_at(&trailer, 0), u64_at(&trailer, 8));
    let is_inside = start.checked_add(len).is_some_and(|end| end <= trailer_start);
    if !is_inside || !len.is_multiple_of(ENTRY_LEN as u64) {
        return Err(SnapshotError::damaged("the directory lies outside the file"));
    }
    let rows = file.bytes(start, len)?;
    let checksum = u64_at(&trailer, 16);
    if xxh3_64(&rows) != checksum {
        return Err(SnapshotError::damaged("the directory does not match its checksum"));
    }
    let mut entries = room_for(rows.len() / ENTRY_LEN)?;
    let mut end = HEADER_LEN as u64;
    for row in rows.chunks_exact(ENTRY_LEN) {
        let (offset, len) = (u64_at(row, 8), u64_at(row, 16));
        let next = offset.checked_add(len).filter(|next| *next <= start);
        let (Some(next), true) = (next, offset >= end && offset.is_multiple_of(CHUNK_ALIGN)) else {
            return Err(SnapshotError::damaged(format!(
                "a chunk at byte {offset} lies outside the file or over another one"
            )));
        };
        end = next;
        let Some(kind) = SectionKind::from_code(u32_at(row, 0)) else { continue };
        let encoding = Encoding::from_code(u32_at(row, 4))
            .ok_or_else(|| SnapshotError::damaged(format!("a chunk of {kind:?} has an unknown encoding")))?;
        let entry = Entry {
            kind,
            encoding,
            offset,
            len,
            plain_len: u64_at(row, 24),
            n_rows: u64_at(row, 32),
            checksum: u64_at(row, 40),
        };
        check_lengths(&entry)?;
        entries.push(entry);
    }
    check_memory(&entries)?;
    Ok(Directory { entries, checksum })
}

/// What the end of a file says of the rest.
#[derive(Debug)]
pub(crate) struct Directory {
    pub entries: Vec<Entry>,
    /// It stands for the whole file: the directory has the checksum of every chunk.
    pub checksum: u64,
}

/// Bytes of the archive that so many rows can be at most, with what stands around them; `None` where rows have no
/// greatest length.
fn most_bytes(kind: SectionKind, n_rows: u64) -> Option<u64> {
    /// A wide value beside a narrow one.
    const WIDE: u64 = 16;
    /// 4,096 characters of four bytes, and as much again.
    const PREVIEW: u64 = 1 << 15;
    const AROUND: u64 = 1 << 10;
    let row = match kind {
        SectionKind::Objects => 4 + 2 + 2 + 1 + 1 + 1 + 1 + 4 + 6 * WIDE + PREVIEW,
        SectionKind::Edges => 4 + 1 + 2 + 4 + 2 * WIDE,
        SectionKind::ObjectSites => 4,
        _ => return None,
    };
    n_rows.checked_mul(row)?.checked_add(AROUND)
}

fn check_lengths(entry: &Entry) -> Result<(), SnapshotError> {
    let Entry { kind, plain_len, n_rows, .. } = *entry;
    let damaged = |what: &str| Err(SnapshotError::damaged(format!("a chunk of {kind:?} {what}")));
    if entry.encoding == Encoding::Plain && plain_len != entry.len {
        return damaged("has two lengths");
    }
    if entry.encoding != Encoding::Plain && plain_len > MAX_CHUNK_LEN {
        return damaged("is too long to be unpacked");
    }
    let most_rows = match kind {
        SectionKind::Objects => ObjectChunk::ROWS,
        SectionKind::Edges => EdgeChunk::ROWS,
        SectionKind::ObjectSites => ObjectSiteChunk::ROWS,
        _ => u32::MAX as usize,
    };
    if n_rows > most_rows as u64 {
        return damaged(&format!("has {n_rows} rows"));
    }
    if plain_len > most_bytes(kind, n_rows).unwrap_or(MAX_TABLE_LEN).min(MAX_TABLE_LEN) {
        return damaged(&format!("is longer than its {n_rows} rows can be"));
    }
    Ok(())
}

/// Asks whether this process may have the memory that the file takes when it is open, before any of it is taken.
fn check_memory(entries: &[Entry]) -> Result<(), SnapshotError> {
    // What is unpacked stays; a table is taken out, with eight times its bytes where its rows are the smallest; and the
    // engine takes for each object and reference what it takes in any file.
    let needed = entries.iter().fold(0u64, |sum, entry| {
        let unpacked = if entry.encoding == Encoding::Plain { 0 } else { entry.plain_len };
        let more = match entry.kind {
            SectionKind::Objects => entry.n_rows.saturating_mul(64),
            SectionKind::Edges => entry.n_rows.saturating_mul(16),
            SectionKind::ObjectSites => 0,
            _ => entry.plain_len.saturating_mul(8),
        };
        sum.saturating_add(unpacked).saturating_add(more)
    });
    match available() {
        Some(available) if needed > available => Err(SnapshotError::TooLarge { needed, available }),
        _ => Ok(()),
    }
}

fn check_header(file: &SourceFile) -> Result<(), SnapshotError> {
    if file.len() == 0 {
        return Err(SnapshotError::Empty);
    }
    let mut header = [0; HEADER_LEN];
    let n_header = file.len().min(HEADER_LEN as u64) as usize;
    file.read(&mut header[..n_header], 0)?;
    let n_magic = n_header.min(MAGIC.len());
    if header[..n_magic] != MAGIC[..n_magic] {
        return Err(SnapshotError::NotASnapshot);
    }
    if n_header < HEADER_LEN {
        return Err(SnapshotError::Truncated { found: file.len() });
    }
    // The version comes before the checksum: a newer format may lay out the rest of the header otherwise.
    let found = u32_at(&header, 8);
    if found > FORMAT_VERSION {
        return Err(SnapshotError::NewerFormat { found, supported: FORMAT_VERSION });
    }
    if found < FORMAT_VERSION {
        return Err(SnapshotError::OlderFormat { found, supported: FORMAT_VERSION });
    }
    if xxh3_64(&header[..24]) != u64_at(&header, 24) {
        return Err(SnapshotError::damaged("the header does not match its checksum"));
    }
    let flags = u32_at(&header, 12);
    if flags != ARCHIVE_FLAGS {
        return Err(SnapshotError::damaged(format!(
            "expected archive flags {ARCHIVE_FLAGS:#x}, found {flags:#x}"
        )));
    }
    Ok(())
}

pub(crate) fn u32_at(bytes: &[u8], offset: usize) -> u32 {
    bytes[offset..offset + 4].iter().rev().fold(0, |value, byte| value << 8 | u32::from(*byte))
}

pub(crate) fn u64_at(bytes: &[u8], offset: usize) -> u64 {
    bytes[offset..offset + 8].iter().rev().fold(0, |value, byte| value << 8 | u64::from(*byte))
}
