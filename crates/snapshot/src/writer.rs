//! Writes a snapshot as a stream of chunks, so that the writing process never holds the graph.

use std::fmt;
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use rkyv::util::AlignedVec;
use rkyv::{api::high::HighSerializer, rancor, ser::allocator::ArenaHandle};
use tempfile::NamedTempFile;
use xxhash_rust::xxh3::xxh3_64;

use crate::container::{self, CHUNK_ALIGN, Encoding, Entry, LONGEST_CHUNK, SectionKind};
use crate::edges::{Edge, EdgeChunk, EdgeKind};
use crate::error::SnapshotError;
use crate::ids::{Address, SiteIx, StrIx, TypeIx};
use crate::ledger::Ledger;
use crate::meta::Meta;
use crate::objects::{ObjectChunk, ObjectRecord};
use crate::roots::{Root, RootKind, RootTable};
use crate::sites::{ObjectSiteChunk, SiteFrame, SiteTable};
use crate::strings::Interner;
use crate::types::{TypeRow, TypeTable};

/// Writes one snapshot. Dropped before [`SnapshotWriter::finish`], it leaves nothing behind.
///
/// The file grows under a temporary name in the target's folder, with mode 0600, and takes its final name only
/// when it is whole and on disk. Memory: one object chunk, one edge chunk (about 4 MB together), and the texts.
#[derive(Debug)]
pub struct SnapshotWriter {
    path: PathBuf,
    file: NamedTempFile,
    position: u64,
    entries: Vec<Entry>,
    buffer: AlignedVec,
    objects: ObjectChunk,
    edges: EdgeChunk,
    types: TypeTable,
    roots: RootTable,
    ledger: Option<Ledger>,
    sites: SiteTable,
    object_sites: ObjectSiteChunk,
    strings: Interner,
    n_objects: u64,
    n_edges: u64,
    n_edges_of_finished_objects: u64,
    compressor: Option<Compressor>,
    /// The first failure; later calls do nothing, [`SnapshotWriter::finish`] returns it.
    failure: Option<io::Error>,
}

/// zstd's compressor, which has no `Debug`.
struct Compressor(zstd::bulk::Compressor<'static>);

impl fmt::Debug for Compressor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Compressor")
    }
}

impl SnapshotWriter {
    /// Starts a snapshot that will be named `path`.
    pub fn create(path: &Path) -> Result<Self, SnapshotError> {
        // Taking the name of a device or a pipe would destroy it.
        match path.metadata() {
            Ok(found) if found.is_dir() => return Err(SnapshotError::IsDirectory),
            Ok(found) if !found.is_file() => return Err(SnapshotError::NotAFile),
            _ => {}
        }
        let folder = match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        // tempfile opens with O_EXCL and mode 0600 on Unix.
        let file = tempfile::Builder::new()
            .prefix(&partial_prefix(std::process::id()))
            .suffix(".partial")
            .tempfile_in(folder)?;
        let mut writer = Self {
            path: path.to_owned(),
            file,
            position: 0,
            entries: Vec::new(),
            buffer: AlignedVec::new(),
            objects: ObjectChunk::default(),
            edges: EdgeChunk::default(),
            types: TypeTable::default(),
            roots: RootTable::default(),
            ledger: None,
            sites: SiteTable::default(),
            object_sites: ObjectSiteChunk::default(),
            strings: Interner::default(),
            n_objects: 0,
            n_edges: 0,
            n_edges_of_finished_objects: 0,
            compressor: None,
            failure: None,
        };
        writer.write(&container::header());
        // Position 0 is the empty text, so that "no label" needs no special case.
        writer.intern("");
        Ok(writer)
    }

    /// Packs what is written from now on: a quarter to a half of the bytes.
    pub fn compress(&mut self) -> Result<(), SnapshotError> {
        // The fastest level; higher ones gain a tenth and take three times as long.
        self.compressor = Some(Compressor(zstd::bulk::Compressor::new(1)?));
        Ok(())
    }

    /// The position of `text` in the string table; equal texts share one.
    pub fn intern(&mut self, text: &str) -> StrIx {
        self.strings.intern(text)
    }

    /// Adds a type; objects name it by the position returned.
    pub fn add_type(&mut self, row: &TypeRow) -> TypeIx {
        let module = self.intern(&row.module);
        let qualname = self.intern(&row.qualname);
        self.types.push(row, module, qualname);
        TypeIx::new(self.types.addresses.len() as u32 - 1)
    }

    /// Adds a reference of the object whose record comes next.
    pub fn edge(&mut self, kind: EdgeKind, label: u32, target: Address) {
        self.edges.push(Edge { kind, label, target });
        self.n_edges += 1;
        if self.edges.targets.len() == EdgeChunk::ROWS {
            self.flush_edges();
        }
    }

    /// Adds an object without references; allowed between the references of another one.
    pub fn leaf(&mut self, record: &ObjectRecord<'_>) {
        self.push_object(record, 0);
    }

    /// Adds an object; its references are those added since the last call of this method.
    pub fn object(&mut self, record: &ObjectRecord<'_>) {
        let n_edges = self.n_edges - self.n_edges_of_finished_objects;
        self.n_edges_of_finished_objects = self.n_edges;
        self.push_object(record, n_edges);
    }

    /// Adds a root. The thread is empty for all but frames.
    pub fn root(&mut self, kind: RootKind, object: Address, label: StrIx, thread: StrIx) {
        self.roots.push(Root { kind, object, label, thread });
    }

    /// Says where the memory of the process is; a file may be without it.
    pub fn ledger(&mut self, ledger: &Ledger) {
        self.ledger = Some(ledger.clone());
    }

    /// Adds an allocation site: at least one frame, most recent first. Equal sites should be added once.
    pub fn add_site(&mut self, frames: &[SiteFrame]) -> SiteIx {
        self.sites.push(frames);
        SiteIx::new(self.sites.ends.len() as u32 - 1)
    }

    /// Says where the next object was allocated, in the order in which the objects were added. To be called for
    /// every object or for none.
    pub fn object_site(&mut self, site: Option<SiteIx>) {
        self.object_sites.sites.push(site.map_or(0, |site| site.get() + 1));
        if self.object_sites.sites.len() == ObjectSiteChunk::ROWS {
            self.flush_object_sites();
        }
    }

    pub fn n_objects(&self) -> u64 {
        self.n_objects
    }

    pub fn n_edges(&self) -> u64 {
        self.n_edges
    }

    /// The first failure so far, such as a full disk: a long walk can stop early.
    pub fn failure(&self) -> Option<&io::Error> {
        self.failure.as_ref()
    }

    /// Writes what is left and the directory, syncs, and gives the file its final name.
    /// Returns its size in bytes.
    pub fn finish(mut self, meta: Meta) -> Result<u64, SnapshotError> {
        let meta = Meta { n_objects: self.n_objects, n_edges: self.n_edges, ..meta };
        self.flush_objects();
        self.flush_edges();
        self.flush_object_sites();
        if self.entries.iter().any(|entry| entry.kind == SectionKind::ObjectSites) {
            let sites = std::mem::take(&mut self.sites);
            self.chunk(SectionKind::Sites, sites.ends.len(), &sites);
        }
        let types = std::mem::take(&mut self.types);
        self.chunk(SectionKind::Types, types.addresses.len(), &types);
        let roots = std::mem::take(&mut self.roots);
        self.chunk(SectionKind::Roots, roots.kinds.len(), &roots);
        let strings = std::mem::take(&mut self.strings);
        self.chunk(SectionKind::Strings, strings.table().ends.len(), strings.table());
        if let Some(ledger) = self.ledger.take() {
            self.chunk(SectionKind::Ledger, 1, &ledger);
        }
        self.chunk(SectionKind::Meta, 1, &meta);
        let directory = container::directory(&self.entries, self.position);
        self.write(&directory);
        if let Some(failure) = self.failure {
            return Err(failure.into());
        }
        self.file.as_file().sync_all()?;
        self.file.persist(&self.path).map_err(|failed| failed.error)?;
        sync_folder(&self.path)?;
        Ok(self.position)
    }

    fn push_object(&mut self, record: &ObjectRecord<'_>, n_edges: u64) {
        self.objects.push(record, n_edges);
        self.n_objects += 1;
        if self.objects.len() == ObjectChunk::ROWS {
            self.flush_objects();
        }
    }

    fn flush_objects(&mut self) {
        let mut objects = std::mem::take(&mut self.objects);
        if objects.len() > 0 {
            self.chunk(SectionKind::Objects, objects.len(), &objects);
        }
        objects.clear();
        self.objects = objects;
    }

    fn flush_edges(&mut self) {
        let mut edges = std::mem::take(&mut self.edges);
        if edges.targets.len() > 0 {
            self.chunk(SectionKind::Edges, edges.targets.len(), &edges);
        }
        edges.clear();
        self.edges = edges;
    }

    fn flush_object_sites(&mut self) {
        let mut object_sites = std::mem::take(&mut self.object_sites);
        if !object_sites.sites.is_empty() {
            self.chunk(SectionKind::ObjectSites, object_sites.sites.len(), &object_sites);
        }
        object_sites.sites.clear();
        self.object_sites = object_sites;
    }

    /// Archives `content` and writes it at the next aligned position.
    fn chunk<T>(&mut self, kind: SectionKind, n_rows: usize, content: &T)
    where
        T: for<'a> rkyv::Serialize<HighSerializer<AlignedVec, ArenaHandle<'a>, rancor::Error>>,
    {
        let mut buffer = std::mem::take(&mut self.buffer);
        buffer.clear();
        match rkyv::api::high::to_bytes_in::<_, rancor::Error>(content, buffer) {
            Ok(bytes) => {
                let plain_len = bytes.len() as u64;
                let packed = self.pack(&bytes);
                let stored = packed.as_deref().unwrap_or(&bytes);
                let padding = self.position.next_multiple_of(CHUNK_ALIGN) - self.position;
                self.write(&[0; CHUNK_ALIGN as usize][..padding as usize]);
                self.entries.push(Entry {
                    kind,
                    encoding: if packed.is_some() { Encoding::Zstd } else { Encoding::Plain },
                    offset: self.position,
                    len: stored.len() as u64,
                    plain_len,
                    n_rows: n_rows as u64,
                    checksum: xxh3_64(stored),
                });
                self.write(stored);
                self.buffer = bytes;
            }
            Err(error) => {
                self.failure.get_or_insert_with(|| io::Error::other(error.to_string()));
            }
        }
    }

    /// The archive packed, if that is wanted and makes it shorter.
    fn pack(&mut self, bytes: &[u8]) -> Option<Vec<u8>> {
        let compressor = self.compressor.as_mut().filter(|_| bytes.len() as u64 <= LONGEST_CHUNK)?;
        let packed = compressor.0.compress(bytes).ok()?;
        (packed.len() < bytes.len()).then_some(packed)
    }

    fn write(&mut self, bytes: &[u8]) {
        if self.failure.is_none()
            && let Err(error) = self.file.as_file_mut().write_all(bytes)
        {
            self.failure = Some(error);
        }
        self.position += bytes.len() as u64;
    }
}

/// How the names begin under which the process `pid` writes snapshots that are not yet whole.
pub fn partial_prefix(pid: u32) -> String {
    format!(".heapview-{pid}-")
}

/// Makes the new name itself durable; a folder that cannot be opened for that is no reason to fail.
fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    match File::open(folder) {
        Ok(folder) => folder.sync_all(),
        Err(_) => Ok(()),
    }
}
