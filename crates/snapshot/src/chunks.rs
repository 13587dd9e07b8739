//! The chunks of a file: where the columns of each are, and their bytes as far as somebody asked for them.

use std::ops::Range;
use std::sync::{Arc, OnceLock};

use xxhash_rust::xxh3::xxh3_64;

use crate::archive::Bytes;
use crate::container::{Directory, Encoding, Entry, SectionKind, read_directory};
use crate::edges::{EdgeChunk, EdgeSpans};
use crate::error::SnapshotError;
use crate::objects::{ObjectChunk, ObjectSpans};
use crate::pieces::{Extent, PieceFile};
use crate::sites::{ObjectSiteChunk, ObjectSiteSpans};
use crate::source::SourceFile;
use crate::stamp::SnapshotKey;
use crate::tables::{Archives, room_for, same_lengths};
use crate::unreadable::Unreadable;

/// A file whose directory has been read.
#[derive(Debug)]
pub(crate) struct SnapshotFile {
    pub source: Arc<SourceFile>,
    pub entries: Vec<Entry>,
    pub key: SnapshotKey,
}

impl SnapshotFile {
    pub(crate) fn open(path: &std::path::Path) -> Result<Self, SnapshotError> {
        let source = SourceFile::open(path)?;
        let Directory { entries, checksum } =
            read_directory(&source).map_err(|error| source.explain(error))?;
        let key = SnapshotKey { len: source.len(), directory: checksum };
        Ok(Self { source: Arc::new(source), entries, key })
    }

    /// Reads the chunks of the small tables.
    pub(crate) fn archives(&self) -> Result<Archives, SnapshotError> {
        let optional = |kind: SectionKind| {
            let mut found = self.entries.iter().filter(|entry| entry.kind == kind);
            match (found.next(), found.next()) {
                (None, _) => Ok(None),
                (Some(entry), None) => {
                    let mut buffer = Vec::new();
                    archive(&self.source, entry, &mut buffer).map(|unpacked| Some(unpacked.unwrap_or(buffer)))
                }
                (Some(_), Some(_)) => Err(SnapshotError::damaged(format!("expected one chunk of {kind:?}"))),
            }
        };
        let single = |kind: SectionKind| {
            optional(kind)?.ok_or_else(|| SnapshotError::damaged(format!("expected one chunk of {kind:?}")))
        };
        Ok(Archives {
            meta: single(SectionKind::Meta)?,
            types: single(SectionKind::Types)?,
            strings: single(SectionKind::Strings)?,
            roots: single(SectionKind::Roots)?,
            ledger: optional(SectionKind::Ledger)?,
            sites: optional(SectionKind::Sites)?,
            uses: optional(SectionKind::Uses)?,
            locations: single(SectionKind::Locations)?,
        })
    }
}

/// Where the columns of a chunk lie in its archive.
pub(crate) trait Spans: Copy + Send + Sync {
    const KIND: SectionKind;
    /// Rows in every chunk but the last.
    const ROWS: usize;
    /// Bytes at the end of an archive that [`Spans::new`] takes.
    const ROOT: usize;

    /// The columns of an archive of `len` bytes that ends with `bytes`, if all of them have `n_rows`.
    fn new(bytes: &[u8], len: usize, n_rows: usize) -> Result<Self, SnapshotError>;
}

fn no_archive(kind: SectionKind) -> SnapshotError {
    SnapshotError::damaged(format!("a chunk of {kind:?} is no valid archive"))
}

impl Spans for ObjectSpans {
    const KIND: SectionKind = SectionKind::Objects;
    const ROWS: usize = ObjectChunk::ROWS;
    const ROOT: usize = Self::ROOT;

    fn new(bytes: &[u8], len: usize, n_rows: usize) -> Result<Self, SnapshotError> {
        let spans = Self::new(bytes, len).ok_or_else(|| no_archive(Self::KIND))?;
        same_lengths("object", n_rows, &spans.lengths())?;
        Ok(spans)
    }
}

impl Spans for EdgeSpans {
    const KIND: SectionKind = SectionKind::Edges;
    const ROWS: usize = EdgeChunk::ROWS;
    const ROOT: usize = Self::ROOT;

    fn new(bytes: &[u8], len: usize, n_rows: usize) -> Result<Self, SnapshotError> {
        let spans = Self::new(bytes, len).ok_or_else(|| no_archive(Self::KIND))?;
        same_lengths("reference", n_rows, &spans.lengths())?;
        Ok(spans)
    }
}

impl Spans for ObjectSiteSpans {
    const KIND: SectionKind = SectionKind::ObjectSites;
    const ROWS: usize = ObjectSiteChunk::ROWS;
    const ROOT: usize = Self::ROOT;

    fn new(bytes: &[u8], len: usize, n_rows: usize) -> Result<Self, SnapshotError> {
        let spans = Self::new(bytes, len).ok_or_else(|| no_archive(Self::KIND))?;
        same_lengths("site", n_rows, &[spans.sites.len()])?;
        Ok(spans)
    }
}

/// The bytes of a chunk's archive.
#[derive(Debug)]
enum Place {
    /// In the file, piece by piece.
    InFile(Extent),
    /// In the file as one zstd frame; here once somebody asked for it.
    Packed(OnceLock<Vec<u8>>),
}

#[derive(Debug)]
pub(crate) struct Chunk<S> {
    pub entry: Entry,
    spans: OnceLock<S>,
    place: Place,
}

/// All chunks of one kind.
#[derive(Debug)]
pub(crate) struct Column<S> {
    chunks: Vec<Chunk<S>>,
    n_rows: usize,
}

impl<S: Spans> Column<S> {
    /// The chunks of the kind; all but the last must be full. Their pieces are counted by `n_pieces`.
    pub(crate) fn new(entries: &[Entry], n_pieces: &mut usize) -> Result<Self, SnapshotError> {
        let of_kind = entries.iter().filter(|entry| entry.kind == S::KIND);
        let mut chunks = room_for(of_kind.clone().count())?;
        let (mut n_rows, mut previous_was_full) = (0usize, true);
        for entry in of_kind {
            let place = match entry.encoding {
                Encoding::Plain => {
                    let extent = Extent::new(entry.offset as usize, entry.len as usize, *n_pieces);
                    *n_pieces += extent.n_pieces();
                    Place::InFile(extent)
                }
                Encoding::Zstd => Place::Packed(OnceLock::new()),
            };
            let n_in_chunk = entry.n_rows as usize;
            if !previous_was_full || n_in_chunk == 0 || n_in_chunk > S::ROWS {
                return Err(SnapshotError::damaged(format!(
                    "a chunk of {:?} has {n_in_chunk} rows",
                    S::KIND
                )));
            }
            previous_was_full = n_in_chunk == S::ROWS;
            n_rows += n_in_chunk;
            chunks.push(Chunk { entry: *entry, spans: OnceLock::new(), place });
        }
        Ok(Self { chunks, n_rows })
    }

    /// Rows of all chunks.
    pub(crate) fn n_rows(&self) -> usize {
        self.n_rows
    }

    pub(crate) fn chunks(&self) -> &[Chunk<S>] {
        &self.chunks
    }
}

impl<S: Spans> Chunk<S> {
    /// Reads and checks the whole chunk with `check`, and remembers where its columns are. Returns the checksums of its
    /// pieces. What is packed stays in memory; what is not is read into `buffer`.
    pub(crate) fn check<T>(
        &self,
        source: &SourceFile,
        buffer: &mut Vec<u8>,
        check: impl FnOnce(&S, &[u8]) -> Result<T, SnapshotError>,
    ) -> Result<(T, Vec<u64>), SnapshotError> {
        let unpacked = archive(source, &self.entry, buffer)?;
        let bytes = unpacked.as_deref().unwrap_or(buffer);
        let spans = S::new(bytes, bytes.len(), self.entry.n_rows as usize)?;
        let found = check(&spans, bytes)?;
        let checksums = match &self.place {
            Place::InFile(_) => crate::pieces::checksums(bytes).collect(),
            Place::Packed(_) => Vec::new(),
        };
        let _ = self.spans.set(spans);
        if let (Place::Packed(place), Some(unpacked)) = (&self.place, unpacked) {
            let _ = place.set(unpacked);
        }
        Ok((found, checksums))
    }

    /// The columns and their bytes. Ends the question if they cannot be read.
    #[inline]
    pub(crate) fn open<'a>(&'a self, file: &'a PieceFile) -> (&'a S, ChunkBytes<'a>) {
        let bytes = match &self.place {
            Place::InFile(extent) => ChunkBytes::InFile(file, extent),
            Place::Packed(unpacked) => {
                ChunkBytes::InMemory(unpacked.get_or_init(|| self.unpacked(file.source())))
            }
        };
        (self.spans.get_or_init(|| self.spans(file.source(), bytes)), bytes)
    }

    #[cold]
    fn spans(&self, source: &SourceFile, bytes: ChunkBytes<'_>) -> S {
        let len = bytes.len();
        let root = bytes.get(len.saturating_sub(S::ROOT)..len);
        S::new(root, len, self.entry.n_rows as usize).unwrap_or_else(|error| raise(source, error))
    }

    #[cold]
    fn unpacked(&self, source: &SourceFile) -> Vec<u8> {
        let mut buffer = Vec::new();
        let unpacked = archive(source, &self.entry, &mut buffer);
        unpacked.unwrap_or_else(|error| raise(source, error)).unwrap_or(buffer)
    }
}

fn raise(source: &SourceFile, error: SnapshotError) -> ! {
    Unreadable { path: source.path().to_owned(), error: source.explain(error) }.raise()
}

/// The bytes of the archive of one chunk.
#[derive(Clone, Copy)]
pub(crate) enum ChunkBytes<'a> {
    InFile(&'a PieceFile, &'a Extent),
    InMemory(&'a [u8]),
}

impl ChunkBytes<'_> {
    fn len(self) -> usize {
        match self {
            Self::InFile(_, extent) => extent.len(),
            Self::InMemory(bytes) => bytes.len(),
        }
    }
}

impl<'a> Bytes<'a> for ChunkBytes<'a> {
    #[inline]
    fn get(self, range: Range<usize>) -> &'a [u8] {
        match self {
            Self::InFile(file, extent) => file.bytes(extent, range),
            Self::InMemory(bytes) => Bytes::get(bytes, range),
        }
    }

    fn copy(self, range: Range<usize>, buffer: &mut Vec<u8>) {
        match self {
            Self::InFile(file, extent) => file.copy(extent, range, buffer),
            Self::InMemory(bytes) => bytes.copy(range, buffer),
        }
    }

    #[inline]
    fn array<const LEN: usize>(self, at: usize) -> [u8; LEN] {
        match self {
            Self::InFile(file, extent) => file.array(extent, at),
            Self::InMemory(bytes) => bytes.array(at),
        }
    }
}

/// Reads a chunk into `buffer` and compares it with its checksum. Returns the archive if that was packed.
fn archive(
    source: &SourceFile,
    entry: &Entry,
    buffer: &mut Vec<u8>,
) -> Result<Option<Vec<u8>>, SnapshotError> {
    source.read_into(buffer, entry.offset, entry.len)?;
    if xxh3_64(buffer) != entry.checksum {
        return Err(SnapshotError::damaged(format!(
            "the chunk of {:?} at byte {} does not match its checksum",
            entry.kind, entry.offset
        )));
    }
    match entry.encoding {
        Encoding::Plain => Ok(None),
        Encoding::Zstd => unpack(buffer, entry).map(Some),
    }
}

/// The archive in a packed chunk. Never makes more than the length that the directory states, which has a limit.
fn unpack(bytes: &[u8], entry: &Entry) -> Result<Vec<u8>, SnapshotError> {
    // Memory that nobody writes to takes nothing: who states too much gains nothing by it.
    let mut unpacked = room_for(entry.plain_len as usize)?;
    let unpacking = zstd::bulk::Decompressor::new();
    match unpacking.and_then(|mut unpacking| unpacking.decompress_to_buffer(bytes, &mut unpacked)) {
        Ok(n_bytes) if n_bytes as u64 == entry.plain_len => Ok(unpacked),
        _ => Err(SnapshotError::damaged(format!(
            "the chunk of {:?} at byte {} cannot be unpacked",
            entry.kind, entry.offset
        ))),
    }
}
