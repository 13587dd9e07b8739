//! Writes a snapshot as a stream of chunks, so that the writing process never holds the graph.

use std::io;
use std::mem;
use std::path::Path;

use crate::chunk_file::{ChunkFile, WholeFile};
use crate::container::SectionKind;
use crate::destination::Destination;
use crate::edges::{Edge, EdgeChunk, EdgeKind};
use crate::error::SnapshotError;
use crate::handover::{Chunk, Handover};
use crate::ids::{Address, SiteIx, StrIx, TypeIx};
use crate::ledger::Ledger;
use crate::locations::{Location, LocationTable};
use crate::meta::Meta;
use crate::objects::{ObjectChunk, ObjectRecord};
use crate::roots::{Root, RootTable};
use crate::sites::{ObjectSiteChunk, SiteFrame, SiteTable};
use crate::strings::Interner;
use crate::types::{TypeRow, TypeTable};
use crate::uses::{CodeUse, UseTable};

/// Writes one snapshot. Dropped before [`SnapshotWriter::finish`], it leaves nothing behind.
///
/// The file grows under a temporary name in the target's folder, with mode 0600, and takes its final name only
/// when it is whole and on disk. Memory: one object chunk, one edge chunk (about 4 MB together), and the texts.
#[derive(Debug)]
pub struct SnapshotWriter {
    handover: Handover,
    objects: ObjectChunk,
    edges: EdgeChunk,
    types: TypeTable,
    roots: RootTable,
    ledger: Option<Ledger>,
    sites: SiteTable,
    uses: Option<UseTable>,
    locations: LocationTable,
    object_sites: ObjectSiteChunk,
    strings: Interner,
    n_objects: u64,
    n_edges: u64,
    n_edges_of_finished_objects: u64,
}

impl SnapshotWriter {
    /// Starts a snapshot that will be named `path`, or stand where links of that name lead. An older snapshot is
    /// replaced when this one is whole; any other file is kept, and this fails.
    pub fn create(path: &Path) -> Result<Self, SnapshotError> {
        Self::create_at(&Destination::new(path, false)?)
    }

    /// As [`SnapshotWriter::create`]; a file that is no snapshot is replaced, too.
    pub fn create_over(path: &Path) -> Result<Self, SnapshotError> {
        Self::create_at(&Destination::new(path, true)?)
    }

    /// Starts a snapshot that will stand there.
    pub fn create_at(destination: &Destination) -> Result<Self, SnapshotError> {
        Ok(Self::new(ChunkFile::create(destination)?))
    }

    pub(crate) fn new(file: ChunkFile) -> Self {
        let mut writer = Self {
            handover: Handover::new(file),
            objects: ObjectChunk::default(),
            edges: EdgeChunk::default(),
            types: TypeTable::default(),
            roots: RootTable::default(),
            ledger: None,
            sites: SiteTable::default(),
            uses: None,
            locations: LocationTable::default(),
            object_sites: ObjectSiteChunk::default(),
            strings: Interner::default(),
            n_objects: 0,
            n_edges: 0,
            n_edges_of_finished_objects: 0,
        };
        // Position 0 is the empty text, so that "no label" needs no special case.
        writer.intern("");
        writer
    }

    #[cfg(test)]
    pub(crate) fn handover(&self) -> &Handover {
        &self.handover
    }

    /// Packs what is written from now on, where there is memory for that: a quarter to a half of the bytes.
    pub fn compress(&mut self) {
        self.handover.file().compress();
    }

    /// Lets a thread of its own archive, pack and write from now on, so that the calls below only fill columns.
    ///
    /// The thread has this one's signal mask, calls nothing but this crate, and is gone when the writer is. Fails
    /// where no thread can be made; everything is then written at once, as before. The file is the same.
    /// Memory: up to five chunks more, about 4 MB.
    pub fn write_in_thread(&mut self) -> io::Result<()> {
        self.handover.start_thread()
    }

    /// The position of `text` in the string table; equal texts share one.
    pub fn intern(&mut self, text: &str) -> StrIx {
        self.strings.intern(text)
    }

    /// Adds a type; objects name it by the position returned.
    pub fn add_type(&mut self, row: &TypeRow) -> TypeIx {
        let module = self.intern(&row.module);
        let qualname = self.intern(&row.qualname);
        if self.types.has_room() {
            self.types.push(row, module, qualname);
        } else {
            self.fail_for_memory();
        }
        TypeIx::new((self.types.addresses.len() as u32).saturating_sub(1))
    }

    /// Adds a reference of the object whose record comes next.
    pub fn edge(&mut self, kind: EdgeKind, label: u32, target: Address) {
        self.edges.push(Edge { kind, label, target });
        self.n_edges += 1;
        if self.edges.len() == EdgeChunk::ROWS {
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

    /// Adds a root.
    pub fn root(&mut self, root: Root) {
        if self.roots.has_room() { self.roots.push(root) } else { self.fail_for_memory() }
    }

    /// Says where code is, or what runs it.
    pub fn location(&mut self, row: Location) {
        if !self.locations.push(row) {
            self.fail_for_memory();
        }
    }

    /// Says where the memory of the process is; a file may be without it.
    pub fn ledger(&mut self, ledger: &Ledger) {
        self.ledger = Some(ledger.clone());
    }

    /// Adds an allocation site: at least one frame, most recent first. Equal sites should be added once.
    pub fn add_site(&mut self, frames: &[SiteFrame]) -> SiteIx {
        if self.sites.has_room_for(frames) {
            self.sites.push(frames);
        } else {
            self.fail_for_memory();
        }
        SiteIx::new((self.sites.ends.len() as u32).saturating_sub(1))
    }

    /// Says that the uses of names are told: those of all code that matters, or of none.
    pub fn tells_uses(&mut self) {
        self.uses.get_or_insert_default();
    }

    /// Adds what a code object does with what it reads under one name.
    pub fn code_use(&mut self, row: CodeUse) {
        if !self.uses.get_or_insert_default().push(row) {
            self.fail_for_memory();
        }
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

    /// Whether something could not be written, as on a full disk: a long walk can stop early.
    /// [`SnapshotWriter::finish`] says what it was.
    pub fn has_failed(&self) -> bool {
        self.strings.is_incomplete || self.handover.has_failed()
    }

    /// [`SnapshotWriter::close`], and the file takes its final name. Returns its size in bytes.
    pub fn finish(self, meta: Meta) -> Result<u64, SnapshotError> {
        self.close(meta)?.publish()
    }

    /// Writes what is left and the directory. What is still to do waits for the disk and needs nothing of the writer's.
    pub fn close(mut self, meta: Meta) -> Result<WholeFile, SnapshotError> {
        let meta = Meta { n_objects: self.n_objects, n_edges: self.n_edges, ..meta };
        self.flush_objects();
        self.flush_edges();
        self.flush_object_sites();
        let mut file = self.handover.into_file()?;
        if self.strings.is_incomplete {
            file.fail(io::ErrorKind::OutOfMemory.into());
        }
        if file.has(SectionKind::ObjectSites) {
            file.chunk(SectionKind::Sites, self.sites.ends.len(), &self.sites);
        }
        if let Some(uses) = &self.uses {
            file.chunk(SectionKind::Uses, uses.codes.len(), uses);
        }
        file.chunk(SectionKind::Locations, self.locations.objects.len(), &self.locations);
        file.chunk(SectionKind::Types, self.types.addresses.len(), &self.types);
        file.chunk(SectionKind::Roots, self.roots.kinds.len(), &self.roots);
        let strings = self.strings.table();
        file.chunk(SectionKind::Strings, strings.ends.len(), strings);
        if let Some(ledger) = &self.ledger {
            file.chunk(SectionKind::Ledger, 1, ledger);
        }
        file.chunk(SectionKind::Meta, 1, &meta);
        file.close()
    }

    /// What may grow large is not taken in where there is no memory for it: the file comes to nothing.
    fn fail_for_memory(&self) {
        self.handover.fail(io::ErrorKind::OutOfMemory.into());
    }

    fn push_object(&mut self, record: &ObjectRecord<'_>, n_edges: u64) {
        if !self.objects.has_room_for(record) {
            return self.fail_for_memory();
        }
        self.objects.push(record, n_edges);
        self.n_objects += 1;
        if self.objects.len() == ObjectChunk::ROWS {
            self.flush_objects();
        }
    }

    fn flush_objects(&mut self) {
        if self.objects.len() > 0 {
            let full = mem::replace(&mut self.objects, self.handover.spare_objects());
            self.handover.put(Chunk::Objects(full));
        }
    }

    fn flush_edges(&mut self) {
        if self.edges.len() > 0 {
            let full = mem::replace(&mut self.edges, self.handover.spare_edges());
            self.handover.put(Chunk::Edges(full));
        }
    }

    fn flush_object_sites(&mut self) {
        if !self.object_sites.sites.is_empty() {
            let full = mem::replace(&mut self.object_sites, self.handover.spare_object_sites());
            self.handover.put(Chunk::ObjectSites(full));
        }
    }
}
