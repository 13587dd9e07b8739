//! The mapped file and its checked archives. The only place of this crate with unsafe code.

use std::fs::File;
use std::path::Path;

use memmap2::Mmap;
use rkyv::bytecheck::CheckBytes;
use rkyv::{Portable, api::high::HighValidator, rancor};
use xxhash_rust::xxh3::xxh3_64;

use crate::container::{self, Entry, SectionKind};
use crate::edges::ArchivedEdgeChunk;
use crate::error::SnapshotError;
use crate::ledger::ArchivedLedger;
use crate::meta::ArchivedMeta;
use crate::objects::ArchivedObjectChunk;
use crate::roots::ArchivedRootTable;
use crate::strings::ArchivedStringTable;
use crate::types::ArchivedTypeTable;

/// The file with every archive in it checked.
#[derive(Debug)]
pub(crate) struct Chunks {
    file: Mmap,
    objects: Vec<Entry>,
    edges: Vec<Entry>,
    meta: Entry,
    types: Entry,
    strings: Entry,
    roots: Entry,
    ledger: Option<Entry>,
}

impl Chunks {
    /// Maps the file, compares every checksum and checks every archive.
    pub fn open(path: &Path, progress: &mut dyn FnMut(u64, u64) -> bool) -> Result<Self, SnapshotError> {
        let file = File::open(path)?;
        let metadata = file.metadata()?;
        if metadata.is_dir() {
            return Err(SnapshotError::IsDirectory);
        }
        if metadata.len() == 0 && metadata.is_file() {
            return Err(SnapshotError::Empty);
        }
        // SAFETY: the map is read only; that nobody cuts the file meanwhile is the documented condition of
        // `Snapshot`, as for every reader of mapped files.
        let file = unsafe { Mmap::map(&file)? };
        let entries = container::read_directory(&file)?;
        let mut done = 0;
        for entry in &entries {
            check_entry(&file, entry)?;
            done += entry.len;
            if !progress(done, file.len() as u64) {
                return Err(SnapshotError::Cancelled);
            }
        }
        let all = |kind| entries.iter().copied().filter(move |entry| entry.kind == kind);
        let optional = |kind: SectionKind| {
            let mut found = all(kind);
            match (found.next(), found.next()) {
                (_, Some(_)) => Err(SnapshotError::damaged(format!("expected one chunk of {kind:?}"))),
                (entry, None) => Ok(entry),
            }
        };
        let single = |kind: SectionKind| {
            optional(kind)?.ok_or_else(|| SnapshotError::damaged(format!("expected one chunk of {kind:?}")))
        };
        Ok(Self {
            objects: all(SectionKind::Objects).collect(),
            edges: all(SectionKind::Edges).collect(),
            meta: single(SectionKind::Meta)?,
            types: single(SectionKind::Types)?,
            strings: single(SectionKind::Strings)?,
            roots: single(SectionKind::Roots)?,
            ledger: optional(SectionKind::Ledger)?,
            file,
        })
    }

    pub fn file_size(&self) -> u64 {
        self.file.len() as u64
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
        self.ledger.as_ref().map(|entry| self.archived(entry))
    }

    /// `T` must be the archive type of `entry.kind`; private, and each caller above pairs them.
    fn archived<T: Portable>(&self, entry: &Entry) -> &T {
        // SAFETY: `check_entry` validated these very bytes as this type when the file was opened.
        unsafe { rkyv::access_unchecked::<T>(container::chunk(&self.file, entry)) }
    }
}

fn check_entry(file: &[u8], entry: &Entry) -> Result<(), SnapshotError> {
    let bytes = container::chunk(file, entry);
    if xxh3_64(bytes) != entry.checksum {
        return Err(SnapshotError::damaged(format!(
            "the chunk of {:?} at byte {} does not match its checksum",
            entry.kind, entry.offset
        )));
    }
    match entry.kind {
        SectionKind::Meta => check_archive::<ArchivedMeta>(bytes, entry),
        SectionKind::Objects => check_archive::<ArchivedObjectChunk>(bytes, entry),
        SectionKind::Edges => check_archive::<ArchivedEdgeChunk>(bytes, entry),
        SectionKind::Types => check_archive::<ArchivedTypeTable>(bytes, entry),
        SectionKind::Strings => check_archive::<ArchivedStringTable>(bytes, entry),
        SectionKind::Roots => check_archive::<ArchivedRootTable>(bytes, entry),
        SectionKind::Ledger => check_archive::<ArchivedLedger>(bytes, entry),
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
