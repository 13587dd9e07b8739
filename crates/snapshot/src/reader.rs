//! Opens a snapshot: maps the file, checks everything once, and hands out columns.

use std::path::Path;

use crate::address_map::AddressMap;
use crate::chunks::Chunks;
use crate::edges::{Edge, EdgeChunk};
use crate::error::SnapshotError;
use crate::ids::{Address, ObjectIx, SiteIx, StrIx, TypeIx};
use crate::ledger::Ledger;
use crate::meta::Meta;
use crate::objects::{ObjectChunk, ObjectFlags, Preview};
use crate::roots::Root;
use crate::sites::{ObjectSiteChunk, SiteFrame};
use crate::types::TypeRow;
use crate::validate;

/// Objects between two stored edge positions: small enough to add up on the way, large enough to cost nothing.
const STRIDE: usize = 64;

/// An open snapshot. Everything was checked by [`Snapshot::open`]; no later call fails.
///
/// The file is mapped, not read: it must not be changed or cut while the snapshot is open.
#[derive(Debug)]
pub struct Snapshot {
    chunks: Chunks,
    meta: Meta,
    types: Vec<TypeRow>,
    strings: Vec<Box<str>>,
    roots: Vec<Root>,
    ledger: Option<Ledger>,
    by_address: AddressMap,
    /// First edge of every `STRIDE`-th object.
    first_edges: Vec<u64>,
    n_objects: usize,
    n_edges: u64,
}

impl Snapshot {
    /// Maps and checks the file at `path`: checksums, archives, bounds of every index. O(file size).
    pub fn open(path: &Path) -> Result<Self, SnapshotError> {
        Self::open_with(path, &mut |_, _| true)
    }

    /// As [`Snapshot::open`]; `progress` is told bytes done and bytes in all, and stops the work by returning false.
    pub fn open_with(path: &Path, progress: &mut dyn FnMut(u64, u64) -> bool) -> Result<Self, SnapshotError> {
        let chunks = Chunks::open(path, progress)?;
        let parts = validate::validate(&chunks)?;
        let addresses = chunks.objects().flat_map(|chunk| chunk.addresses.iter());
        let by_address = AddressMap::new(addresses).map_err(|address| {
            SnapshotError::damaged(format!("address {address} is misaligned or belongs to two objects"))
        })?;
        let mut snapshot = Self {
            meta: parts.meta,
            types: parts.types,
            strings: parts.strings,
            roots: parts.roots,
            ledger: parts.ledger,
            by_address,
            first_edges: Vec::new(),
            n_objects: parts.n_objects,
            n_edges: parts.n_edges,
            chunks,
        };
        snapshot.first_edges = snapshot.strided_first_edges();
        Ok(snapshot)
    }

    pub fn meta(&self) -> &Meta {
        &self.meta
    }

    /// Where the memory of the whole process was; `None` if the dumper did not write it.
    pub fn ledger(&self) -> Option<&Ledger> {
        self.ledger.as_ref()
    }

    /// Number of allocation sites; 0 where no allocations were traced.
    pub fn n_sites(&self) -> usize {
        self.chunks.sites().map_or(0, |table| table.ends.len())
    }

    /// Where the object was allocated, if that was traced. O(1).
    pub fn site(&self, ix: ObjectIx) -> Option<SiteIx> {
        self.chunks.sites()?;
        let (chunk, row) = (ix.index() / ObjectSiteChunk::ROWS, ix.index() % ObjectSiteChunk::ROWS);
        self.chunks.object_site_chunk(chunk).sites[row].to_native().checked_sub(1).map(SiteIx::new)
    }

    /// The lines that were running at a site, most recent first: at least one.
    pub fn site_frames(&self, site: SiteIx) -> impl Iterator<Item = SiteFrame> + '_ {
        self.chunks.sites().into_iter().flat_map(move |table| table.frames(site.index()))
    }

    pub fn n_objects(&self) -> usize {
        self.n_objects
    }

    pub fn n_edges(&self) -> u64 {
        self.n_edges
    }

    /// Size of the file in bytes.
    pub fn file_size(&self) -> u64 {
        self.chunks.file_size()
    }

    pub fn address(&self, ix: ObjectIx) -> Address {
        let (chunk, row) = object_place(ix);
        Address::new(self.chunks.object_chunk(chunk).addresses.get(row))
    }

    pub fn type_ix(&self, ix: ObjectIx) -> TypeIx {
        let (chunk, row) = object_place(ix);
        TypeIx::new(self.chunks.object_chunk(chunk).type_ixs.get(row) as u32)
    }

    pub fn type_of(&self, ix: ObjectIx) -> &TypeRow {
        &self.types[self.type_ix(ix).index()]
    }

    /// Bytes of the object itself.
    pub fn shallow_size(&self, ix: ObjectIx) -> u64 {
        let (chunk, row) = object_place(ix);
        self.chunks.object_chunk(chunk).shallow_sizes.get(row)
    }

    /// Reference count at dump time; `u32::MAX` stands for that or more.
    pub fn refcount(&self, ix: ObjectIx) -> u32 {
        let (chunk, row) = object_place(ix);
        u32::try_from(self.chunks.object_chunk(chunk).refcounts.get(row)).unwrap_or(u32::MAX)
    }

    pub fn flags(&self, ix: ObjectIx) -> ObjectFlags {
        let (chunk, row) = object_place(ix);
        ObjectFlags::from_bits(self.chunks.object_chunk(chunk).flags[row])
    }

    /// Text of the object's value, if the dumper wrote any.
    pub fn preview(&self, ix: ObjectIx) -> Option<Preview<'_>> {
        let (chunk, row) = object_place(ix);
        let bytes = self.chunks.object_chunk(chunk).previews.get(row);
        let truncated = self.flags(ix).preview_truncated();
        // Checked when opened; an empty text still is a preview for the types that have texts.
        let text = std::str::from_utf8(bytes).unwrap_or_default();
        let is_empty_text = || !truncated && matches!(self.type_of(ix).name.as_str(), "str" | "bytes");
        let has_text = !text.is_empty() || is_empty_text();
        has_text.then_some(Preview { text, truncated })
    }

    pub fn n_edges_of(&self, ix: ObjectIx) -> u64 {
        let (chunk, row) = object_place(ix);
        self.chunks.object_chunk(chunk).n_edges.get(row)
    }

    /// The references of an object in the order in which they were written. O(1) to start.
    pub fn edges(&self, ix: ObjectIx) -> impl Iterator<Item = Edge> + '_ {
        let first = self.first_edge(ix);
        (first..first + self.n_edges_of(ix)).map(|position| {
            let position = position as usize;
            self.chunks.edge_chunk(position / EdgeChunk::ROWS).edge(position % EdgeChunk::ROWS)
        })
    }

    /// The object's reference number `nth`, as [`Snapshot::edges`] counts. O(1).
    pub fn edge(&self, ix: ObjectIx, nth: u64) -> Option<Edge> {
        let position = (self.first_edge(ix) + Some(nth).filter(|nth| *nth < self.n_edges_of(ix))?) as usize;
        Some(self.chunks.edge_chunk(position / EdgeChunk::ROWS).edge(position % EdgeChunk::ROWS))
    }

    pub fn types(&self) -> &[TypeRow] {
        &self.types
    }

    pub fn string(&self, ix: StrIx) -> &str {
        &self.strings[ix.index()]
    }

    /// All texts of the string table in order.
    pub fn strings(&self) -> impl ExactSizeIterator<Item = &str> {
        self.strings.iter().map(AsRef::as_ref)
    }

    /// The label of a reference whose kind has a name.
    pub fn edge_label(&self, edge: &Edge) -> Option<&str> {
        edge.label_ix().map(|ix| self.string(ix))
    }

    pub fn roots(&self) -> &[Root] {
        &self.roots
    }

    /// The object at `address`. O(1).
    pub fn find(&self, address: Address) -> Option<ObjectIx> {
        self.by_address.get(address)
    }

    fn first_edge(&self, ix: ObjectIx) -> u64 {
        let stride_start = ix.index() / STRIDE * STRIDE;
        let before: u64 =
            (stride_start..ix.index()).map(|index| self.n_edges_of(ObjectIx::new(index as u32))).sum();
        self.first_edges[ix.index() / STRIDE] + before
    }

    fn strided_first_edges(&self) -> Vec<u64> {
        let mut first = 0;
        let mut first_edges = Vec::with_capacity(self.n_objects.div_ceil(STRIDE));
        for index in 0..self.n_objects {
            if index % STRIDE == 0 {
                first_edges.push(first);
            }
            first += self.n_edges_of(ObjectIx::new(index as u32));
        }
        first_edges
    }
}

/// Chunk and row in it.
fn object_place(ix: ObjectIx) -> (usize, usize) {
    (ix.index() / ObjectChunk::ROWS, ix.index() % ObjectChunk::ROWS)
}
