//! The mapped file and its checked archives. With `mapped.rs` the only place of this crate with unsafe code.

use std::fs::File;
use std::path::Path;
use std::thread;

use memmap2::Mmap;
use rkyv::bytecheck::CheckBytes;
use rkyv::util::AlignedVec;
use rkyv::{Portable, api::high::HighValidator, rancor};
use xxhash_rust::xxh3::xxh3_64;

use crate::container::{self, Encoding, Entry, SectionKind};
use crate::edges::ArchivedEdgeChunk;
use crate::error::SnapshotError;
use crate::ledger::ArchivedLedger;
use crate::mapped::map;
use crate::meta::ArchivedMeta;
use crate::objects::ArchivedObjectChunk;
use crate::roots::ArchivedRootTable;
use crate::sites::{ArchivedObjectSiteChunk, ArchivedSiteTable};
use crate::stamp::{SnapshotKey, Stamp};
use crate::strings::ArchivedStringTable;
use crate::types::ArchivedTypeTable;

/// One chunk whose archive has been checked.
#[derive(Debug)]
struct Chunk {
    entry: Entry,
    /// Its archive, if it is packed in the file.
    unpacked: Option<AlignedVec>,
}

/// Whether the values in the file have been checked before.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Content {
    Unknown,
    /// An index says so, and nobody has written to the file since. This saves time, it is no promise: what is read
    /// from the columns is safe whatever they hold.
    Known,
}

/// A mapped file whose directory has been read.
#[derive(Debug)]
pub(crate) struct SnapshotFile {
    file: Mmap,
    entries: Vec<Entry>,
    pub key: SnapshotKey,
    pub stamp: Option<Stamp>,
}

impl SnapshotFile {
    pub fn open(path: &Path) -> Result<Self, SnapshotError> {
        let file = File::open(path)?;
        let metadata = file.metadata()?;
        if metadata.is_dir() {
            return Err(SnapshotError::IsDirectory);
        }
        if metadata.len() == 0 && metadata.is_file() {
            return Err(SnapshotError::Empty);
        }
        let file = map(&file)?;
        let entries = container::read_directory(&file)?;
        let key = SnapshotKey { len: file.len() as u64, directory: container::directory_checksum(&file) };
        Ok(Self { file, entries, key, stamp: Stamp::of(&metadata) })
    }
}

/// The file with every archive in it checked.
#[derive(Debug)]
pub(crate) struct Chunks {
    source: SnapshotFile,
    objects: Vec<Chunk>,
    edges: Vec<Chunk>,
    meta: Chunk,
    types: Chunk,
    strings: Chunk,
    roots: Chunk,
    ledger: Option<Chunk>,
    sites: Option<Chunk>,
    object_sites: Vec<Chunk>,
}

impl Chunks {
    /// Checks every archive of the file, and every checksum unless the content is known to be what it was when they
    /// were compared.
    pub fn open(
        source: SnapshotFile,
        content: Content,
        progress: &mut dyn FnMut(u64, u64) -> bool,
    ) -> Result<Self, SnapshotError> {
        let (file, entries) = (&source.file, &source.entries);
        let n_threads = thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let mut done = 0;
        let mut chunks = Vec::with_capacity(entries.len());
        for batch in entries.chunks(n_threads * 16) {
            let file = &file[..];
            let check = |part: &[Entry]| -> Result<Vec<Chunk>, SnapshotError> {
                part.iter().map(|entry| checked_chunk(file, *entry, content)).collect()
            };
            thread::scope(|scope| {
                let check = &check;
                let parts = batch.chunks(batch.len().div_ceil(n_threads));
                let threads: Vec<_> = parts.map(|part| scope.spawn(move || check(part))).collect();
                for thread in threads {
                    let failed = || SnapshotError::damaged("a chunk cannot be checked");
                    chunks.extend(thread.join().map_err(|_| failed())??);
                }
                Ok::<(), SnapshotError>(())
            })?;
            done += batch.iter().map(|entry| entry.len).sum::<u64>();
            if !progress(done, file.len() as u64) {
                return Err(SnapshotError::Cancelled);
            }
        }
        let mut all = |kind| chunks.extract_if(.., |chunk| chunk.entry.kind == kind).collect::<Vec<_>>();
        let (objects, edges) = (all(SectionKind::Objects), all(SectionKind::Edges));
        let object_sites = all(SectionKind::ObjectSites);
        let mut optional = |kind: SectionKind| {
            let mut found = all(kind);
            match found.len() {
                0 | 1 => Ok(found.pop()),
                _ => Err(SnapshotError::damaged(format!("expected one chunk of {kind:?}"))),
            }
        };
        let (ledger, sites) = (optional(SectionKind::Ledger)?, optional(SectionKind::Sites)?);
        let mut single = |kind: SectionKind| {
            optional(kind)?.ok_or_else(|| SnapshotError::damaged(format!("expected one chunk of {kind:?}")))
        };
        Ok(Self {
            objects,
            edges,
            meta: single(SectionKind::Meta)?,
            types: single(SectionKind::Types)?,
            strings: single(SectionKind::Strings)?,
            roots: single(SectionKind::Roots)?,
            ledger,
            sites,
            object_sites,
            source,
        })
    }

    /// The file again, for checking it otherwise.
    pub fn into_file(self) -> SnapshotFile {
        self.source
    }

    pub fn file_size(&self) -> u64 {
        self.source.file.len() as u64
    }

    pub fn objects(&self) -> impl Iterator<Item = &ArchivedObjectChunk> + Clone {
        (0..self.objects.len()).map(|chunk| self.object_chunk(chunk))
    }

    pub fn edges(&self) -> impl Iterator<Item = &ArchivedEdgeChunk> + Clone {
        (0..self.edges.len()).map(|chunk| self.edge_chunk(chunk))
    }

    pub fn object_chunk(&self, chunk: usize) -> &ArchivedObjectChunk {
        self.archived(&self.objects[chunk])
    }

    pub fn edge_chunk(&self, chunk: usize) -> &ArchivedEdgeChunk {
        self.archived(&self.edges[chunk])
    }

    pub fn meta(&self) -> &ArchivedMeta {
        self.archived(&self.meta)
    }

    pub fn types(&self) -> &ArchivedTypeTable {
        self.archived(&self.types)
    }

    pub fn strings(&self) -> &ArchivedStringTable {
        self.archived(&self.strings)
    }

    pub fn roots(&self) -> &ArchivedRootTable {
        self.archived(&self.roots)
    }

    /// Absent in files of those who do not write it.
    pub fn ledger(&self) -> Option<&ArchivedLedger> {
        self.ledger.as_ref().map(|chunk| self.archived(chunk))
    }

    /// Absent where no allocations were traced.
    pub fn sites(&self) -> Option<&ArchivedSiteTable> {
        self.sites.as_ref().map(|chunk| self.archived(chunk))
    }

    pub fn object_sites(&self) -> impl Iterator<Item = &ArchivedObjectSiteChunk> + Clone {
        (0..self.object_sites.len()).map(|chunk| self.object_site_chunk(chunk))
    }

    pub fn object_site_chunk(&self, chunk: usize) -> &ArchivedObjectSiteChunk {
        self.archived(&self.object_sites[chunk])
    }

    /// `T` must be the archive type of the chunk's kind; private, and each caller above pairs them.
    fn archived<'a, T: Portable>(&'a self, chunk: &'a Chunk) -> &'a T {
        let bytes = match &chunk.unpacked {
            Some(unpacked) => unpacked,
            None => container::chunk(&self.source.file, &chunk.entry),
        };
        // SAFETY: `checked_chunk` validated these very bytes as this type when the file was opened.
        unsafe { rkyv::access_unchecked::<T>(bytes) }
    }
}

fn checked_chunk(file: &[u8], entry: Entry, content: Content) -> Result<Chunk, SnapshotError> {
    let bytes = container::chunk(file, &entry);
    if content == Content::Unknown && xxh3_64(bytes) != entry.checksum {
        return Err(SnapshotError::damaged(format!(
            "the chunk of {:?} at byte {} does not match its checksum",
            entry.kind, entry.offset
        )));
    }
    let unpacked = match entry.encoding {
        Encoding::Plain => None,
        Encoding::Zstd => Some(unpack(bytes, &entry)?),
    };
    check_bytes(unpacked.as_deref().unwrap_or(bytes), &entry)?;
    Ok(Chunk { entry, unpacked })
}

/// The archive in a packed chunk. Never makes more than the length that the directory states, which has a limit.
fn unpack(bytes: &[u8], entry: &Entry) -> Result<AlignedVec, SnapshotError> {
    let mut unpacked = AlignedVec::with_capacity(entry.plain_len as usize);
    unpacked.resize(entry.plain_len as usize, 0);
    match zstd::bulk::decompress_to_buffer(bytes, &mut unpacked[..]) {
        Ok(n_bytes) if n_bytes as u64 == entry.plain_len => Ok(unpacked),
        _ => Err(SnapshotError::damaged(format!(
            "the chunk of {:?} at byte {} cannot be unpacked",
            entry.kind, entry.offset
        ))),
    }
}

fn check_bytes(bytes: &[u8], entry: &Entry) -> Result<(), SnapshotError> {
    match entry.kind {
        SectionKind::Meta => check_archive::<ArchivedMeta>(bytes, entry),
        SectionKind::Objects => check_archive::<ArchivedObjectChunk>(bytes, entry),
        SectionKind::Edges => check_archive::<ArchivedEdgeChunk>(bytes, entry),
        SectionKind::Types => check_archive::<ArchivedTypeTable>(bytes, entry),
        SectionKind::Strings => check_archive::<ArchivedStringTable>(bytes, entry),
        SectionKind::Roots => check_archive::<ArchivedRootTable>(bytes, entry),
        SectionKind::Ledger => check_archive::<ArchivedLedger>(bytes, entry),
        SectionKind::Sites => check_archive::<ArchivedSiteTable>(bytes, entry),
        SectionKind::ObjectSites => check_archive::<ArchivedObjectSiteChunk>(bytes, entry),
    }
}

fn check_archive<T>(bytes: &[u8], entry: &Entry) -> Result<(), SnapshotError>
where
    T: Portable + for<'a> CheckBytes<HighValidator<'a, rancor::Error>>,
{
    rkyv::access::<T, rancor::Error>(bytes).map(|_| ()).map_err(|error| {
        SnapshotError::damaged(format!(
            "the chunk of {:?} at byte {} is no valid archive ({error})",
            entry.kind, entry.offset
        ))
    })
}
