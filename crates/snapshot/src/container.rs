//! The container around the sections: magic, format version, directory, checksums. Plain little-endian bytes.
//!
//! rkyv stores no version and no checksum of its own, so the frame around its archives is written by hand:
//! a header, the chunks (each one rkyv archive at a multiple of 16 bytes), the directory, a trailer.

use xxhash_rust::xxh3::xxh3_64;

use crate::error::SnapshotError;

/// The newest format version this library reads and the one it writes.
pub const FORMAT_VERSION: u32 = 3;
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
pub(crate) const LONGEST_CHUNK: u64 = 1 << 30;

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

/// Reads header, trailer and directory; every entry then lies inside the file and is aligned.
/// Chunks of kinds this version does not know are left out.
pub(crate) fn read_directory(file: &[u8]) -> Result<Vec<Entry>, SnapshotError> {
    check_header(file)?;
    let truncated = SnapshotError::Truncated { found: file.len() as u64 };
    if file.len() < HEADER_LEN + TRAILER_LEN {
        return Err(truncated);
    }
    let trailer = &file[file.len() - TRAILER_LEN..];
    if trailer[32..] != END_MAGIC || u64_at(trailer, 24) != file.len() as u64 {
        return Err(truncated);
    }
    let directory = slice(file, u64_at(trailer, 0), u64_at(trailer, 8))
        .filter(|bytes| bytes.len() % ENTRY_LEN == 0)
        .ok_or_else(|| SnapshotError::damaged("the directory lies outside the file"))?;
    if xxh3_64(directory) != u64_at(trailer, 16) {
        return Err(SnapshotError::damaged("the directory does not match its checksum"));
    }
    let mut entries = Vec::with_capacity(directory.len() / ENTRY_LEN);
    for row in directory.chunks_exact(ENTRY_LEN) {
        let Some(kind) = SectionKind::from_code(u32_at(row, 0)) else { continue };
        let encoding = Encoding::from_code(u32_at(row, 4))
            .ok_or_else(|| SnapshotError::damaged(format!("a chunk of {kind:?} has an unknown encoding")))?;
        let entry = Entry {
            kind,
            encoding,
            offset: u64_at(row, 8),
            len: u64_at(row, 16),
            plain_len: u64_at(row, 24),
            n_rows: u64_at(row, 32),
            checksum: u64_at(row, 40),
        };
        let is_plain = encoding == Encoding::Plain;
        if is_plain && entry.plain_len != entry.len {
            return Err(SnapshotError::damaged(format!("a chunk of {kind:?} has two lengths")));
        }
        if !is_plain && entry.plain_len > LONGEST_CHUNK {
            return Err(SnapshotError::damaged(format!("a chunk of {kind:?} is too long to be unpacked")));
        }
        if slice(file, entry.offset, entry.len).is_none() || !entry.offset.is_multiple_of(CHUNK_ALIGN) {
            return Err(SnapshotError::damaged(format!("a chunk of {kind:?} lies outside the file")));
        }
        entries.push(entry);
    }
    Ok(entries)
}

/// Checksum of the directory of a file that [`read_directory`] accepts. It stands for the whole file: the directory
/// has the checksum of every chunk.
pub(crate) fn directory_checksum(file: &[u8]) -> u64 {
    u64_at(&file[file.len() - TRAILER_LEN..], 16)
}

/// The bytes of a chunk that [`read_directory`] listed.
pub(crate) fn chunk<'a>(file: &'a [u8], entry: &Entry) -> &'a [u8] {
    &file[entry.offset as usize..(entry.offset + entry.len) as usize]
}

fn check_header(file: &[u8]) -> Result<(), SnapshotError> {
    if file.is_empty() {
        return Err(SnapshotError::Empty);
    }
    let n_magic = file.len().min(MAGIC.len());
    if file[..n_magic] != MAGIC[..n_magic] {
        return Err(SnapshotError::NotASnapshot);
    }
    if file.len() < HEADER_LEN {
        return Err(SnapshotError::Truncated { found: file.len() as u64 });
    }
    // The version comes before the checksum: a newer format may lay out the rest of the header otherwise.
    let found = u32_at(file, 8);
    if found > FORMAT_VERSION {
        return Err(SnapshotError::NewerFormat { found, supported: FORMAT_VERSION });
    }
    if found < FORMAT_VERSION {
        return Err(SnapshotError::OlderFormat { found, supported: FORMAT_VERSION });
    }
    if xxh3_64(&file[..24]) != u64_at(file, 24) {
        return Err(SnapshotError::damaged("the header does not match its checksum"));
    }
    let flags = u32_at(file, 12);
    if flags != ARCHIVE_FLAGS {
        return Err(SnapshotError::damaged(format!(
            "expected archive flags {ARCHIVE_FLAGS:#x}, found {flags:#x}"
        )));
    }
    Ok(())
}

fn slice(file: &[u8], offset: u64, len: u64) -> Option<&[u8]> {
    let start = usize::try_from(offset).ok()?;
    file.get(start..start.checked_add(usize::try_from(len).ok()?)?)
}

pub(crate) fn u32_at(bytes: &[u8], offset: usize) -> u32 {
    bytes[offset..offset + 4].iter().rev().fold(0, |value, byte| value << 8 | u32::from(*byte))
}

pub(crate) fn u64_at(bytes: &[u8], offset: usize) -> u64 {
    bytes[offset..offset + 8].iter().rev().fold(0, |value, byte| value << 8 | u64::from(*byte))
}
