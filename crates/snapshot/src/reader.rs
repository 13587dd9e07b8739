//! Opens a snapshot: maps the file, checks everything once, and hands out columns.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::{fmt, io};

use crate::address_map::AddressMap;
use crate::chunks::{Chunks, Content, SnapshotFile};
use crate::edges::{Edge, EdgeChunk};
use crate::error::SnapshotError;
use crate::ids::{Address, ObjectIx, SiteIx, StrIx, TypeIx};
use crate::index::{self, Index, IndexSection, IndexValues};
use crate::ledger::Ledger;
use crate::meta::Meta;
use crate::objects::{ObjectChunk, ObjectFlags, Preview};
use crate::roots::Root;
use crate::sites::{ObjectSiteChunk, SiteFrame};
use crate::stamp::{SnapshotKey, Stamp};
use crate::types::TypeRow;
use crate::validate;

/// Objects between two stored edge positions: small enough to add up on the way, large enough to cost nothing.
const STRIDE: usize = 64;

/// An open snapshot. Everything was checked by [`Snapshot::open`]; no later call fails.
///
/// The file is mapped, not read: it must not be changed or cut while the snapshot is open.
pub struct Snapshot {
    chunks: Chunks,
    meta: Meta,
    types: Vec<TypeRow>,
    strings: Vec<Box<str>>,
    roots: Vec<Root>,
    ledger: Option<Ledger>,
    by_address: AddressMap,
    /// First edge of every `STRIDE`-th object.
    first_edges: Box<dyn AsRef<[u64]> + Send + Sync>,
    n_objects: usize,
    n_edges: u64,
    key: SnapshotKey,
    stamp: Option<Stamp>,
    index_places: Vec<PathBuf>,
}

impl Snapshot {
    /// Maps and checks the file at `path`: checksums, archives, bounds of every index. O(file size).
    pub fn open(path: &Path) -> Result<Self, SnapshotError> {
        Self::open_with(path, &mut |_, _| true)
    }

    /// As [`Snapshot::open`]; `progress` is told bytes done and bytes in all, and stops the work by returning false.
    pub fn open_with(path: &Path, progress: &mut dyn FnMut(u64, u64) -> bool) -> Result<Self, SnapshotError> {
        Self::open_file(SnapshotFile::open(path)?, None, progress).map(|(snapshot, _)| snapshot)
    }

    /// As [`Snapshot::open_with`], but with the index beside the file or in `cache_folder`, if there is one for this
    /// very content. The index then says what else is known of the snapshot.
    ///
    /// With an index, and if nobody has written to the file since that was made: O(chunks), and one pass over the
    /// index. Checksums and values of the snapshot are then not looked at again.
    pub fn open_indexed(
        path: &Path,
        cache_folder: Option<&Path>,
        progress: &mut dyn FnMut(u64, u64) -> bool,
    ) -> Result<(Self, Option<Index>), SnapshotError> {
        let file = SnapshotFile::open(path)?;
        let places = index::places(path, &file.key, cache_folder);
        let found = places.iter().find_map(|place| Index::open(place, &file.key));
        let (mut snapshot, index) = Self::open_file(file, found, progress)?;
        snapshot.index_places = places;
        Ok((snapshot, index))
    }

    /// Writes the index that [`Snapshot::open_indexed`] finds: its own columns and those of the engine. Beside the
    /// snapshot, or in the cache folder if that is not possible.
    pub fn write_index(&self, columns: &[(IndexSection, IndexValues<'_>)]) -> io::Result<()> {
        let mut all = Vec::from(self.by_address.columns());
        all.push((IndexSection::FirstEdges, IndexValues::U64((*self.first_edges).as_ref())));
        all.extend_from_slice(columns);
        // Without a stamp the content is checked each time.
        index::write(&self.index_places, &self.key, &self.stamp.unwrap_or_default(), &all)
    }

    fn open_file(
        file: SnapshotFile,
        index: Option<Index>,
        progress: &mut dyn FnMut(u64, u64) -> bool,
    ) -> Result<(Self, Option<Index>), SnapshotError> {
        let (key, stamp) = (file.key, file.stamp);
        let is_known = index.as_ref().is_some_and(|index| stamp.as_ref() == Some(index.stamp()));
        // One whose stamp has gone stale is written anew. Where there are no stamps the content is checked each time.
        let index = index.filter(|_| is_known || stamp.is_none());
        let content = if is_known { Content::Known } else { Content::Unknown };
        let chunks = Chunks::open(file, content, progress)?;
        let mut parts = validate::validate(&chunks, content)?;
        let columns = index.as_ref().and_then(|index| {
            let first_edges = index.column::<u64>(IndexSection::FirstEdges)?;
            let is_sound = first_edges.as_ref().len() == parts.n_objects.div_ceil(STRIDE);
            let by_address = AddressMap::from_index(index, parts.n_objects)?;
            is_sound.then(|| (by_address, Box::new(first_edges) as Box<dyn AsRef<[u64]> + Send + Sync>))
        });
        let Some((by_address, first_edges)) = columns else {
            let Some(by_address) = parts.by_address.take() else {
                // The index is odd, and its word is worth nothing.
                return Self::open_file(chunks.into_file(), None, progress);
            };
            let first_edges = Box::new(strided_first_edges(&chunks));
            return Ok((Self::of_parts(chunks, parts, by_address, first_edges, key, stamp), None));
        };
        Ok((Self::of_parts(chunks, parts, by_address, first_edges, key, stamp), index))
    }

    fn of_parts(
        chunks: Chunks,
        parts: validate::Parts,
        by_address: AddressMap,
        first_edges: Box<dyn AsRef<[u64]> + Send + Sync>,
        key: SnapshotKey,
        stamp: Option<Stamp>,
    ) -> Self {
        Self {
            meta: parts.meta,
            types: parts.types,
            strings: parts.strings,
            roots: parts.roots,
            ledger: parts.ledger,
            by_address,
            first_edges,
            n_objects: parts.n_objects,
            n_edges: parts.n_edges,
            chunks,
            key,
            stamp,
            index_places: Vec::new(),
        }
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
        let site = self.chunks.object_site_chunk(chunk).sites[row].to_native().checked_sub(1)?;
        Some(SiteIx::new(site)).filter(|site| site.index() < self.n_sites())
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
        let ix = self.chunks.object_chunk(chunk).type_ixs.get(row);
        TypeIx::new(ix.min(self.types.len() as u64 - 1) as u32)
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
        self.chunks.object_chunk(chunk).n_edges.get(row).min(self.n_edges)
    }

    /// The references of an object in the order in which they were written. O(1) to start.
    pub fn edges(&self, ix: ObjectIx) -> impl Iterator<Item = Edge> + '_ {
        let first = self.first_edge(ix).min(self.n_edges) as usize;
        let end = first.saturating_add(self.n_edges_of(ix) as usize).min(self.n_edges as usize);
        // Nearly always one chunk, two for an object at the end of one.
        let chunks = first / EdgeChunk::ROWS..end.div_ceil(EdgeChunk::ROWS);
        chunks.filter(move |_| first < end).flat_map(move |position| {
            let (chunk, start) = (self.chunks.edge_chunk(position), position * EdgeChunk::ROWS);
            let rows = first.max(start) - start..end.min(start + EdgeChunk::ROWS) - start;
            rows.map(|row| chunk.edge(row))
        })
    }

    /// The references of each object of a range, as [`Snapshot::edges`] gives them. Faster than to ask for each.
    pub fn edges_of_all(&self, objects: Range<usize>) -> impl Iterator<Item = (usize, Edge)> + '_ {
        let objects = objects.start..objects.end.min(self.n_objects);
        let mut next = objects.clone().next().map_or(0, |first| self.first_edge(ObjectIx::new(first as u32)));
        objects.flat_map(move |object| {
            let n_edges = self.n_edges_of(ObjectIx::new(object as u32));
            let first = next.min(self.n_edges);
            next = first.saturating_add(n_edges).min(self.n_edges);
            (first as usize..next as usize).map(move |position| (object, self.edge_at(position)))
        })
    }

    /// The object's reference number `nth`, as [`Snapshot::edges`] counts. O(1).
    pub fn edge(&self, ix: ObjectIx, nth: u64) -> Option<Edge> {
        let nth = Some(nth).filter(|nth| *nth < self.n_edges_of(ix))?;
        let position =
            self.first_edge(ix).checked_add(nth).filter(|position| *position < self.n_edges)? as usize;
        Some(self.edge_at(position))
    }

    fn edge_at(&self, position: usize) -> Edge {
        self.chunks.edge_chunk(position / EdgeChunk::ROWS).edge(position % EdgeChunk::ROWS)
    }

    pub fn types(&self) -> &[TypeRow] {
        &self.types
    }

    pub fn string(&self, ix: StrIx) -> &str {
        self.strings.get(ix.index()).map_or("", AsRef::as_ref)
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

    /// What [`Snapshot::find`] says of each address, added to `found`; faster than to ask for each.
    pub fn find_all(&self, addresses: &[u64], found: &mut Vec<Option<ObjectIx>>) {
        self.by_address.get_all(addresses, found);
    }

    fn first_edge(&self, ix: ObjectIx) -> u64 {
        // A stride lies in one chunk.
        const { assert!(ObjectChunk::ROWS.is_multiple_of(STRIDE)) };
        let (chunk, row) = object_place(ix);
        let before = self.chunks.object_chunk(chunk).n_edges.sum(row / STRIDE * STRIDE..row);
        (*self.first_edges).as_ref()[ix.index() / STRIDE].saturating_add(before)
    }
}

impl fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Snapshot of {} objects and {} references", self.n_objects, self.n_edges)
    }
}

fn strided_first_edges(chunks: &Chunks) -> Vec<u64> {
    let (mut first, mut position) = (0, 0usize);
    let mut first_edges = Vec::new();
    for chunk in chunks.objects() {
        for row in 0..chunk.addresses.len() {
            if position.is_multiple_of(STRIDE) {
                first_edges.push(first);
            }
            first += chunk.n_edges.get(row);
            position += 1;
        }
    }
    first_edges
}

/// Chunk and row in it.
fn object_place(ix: ObjectIx) -> (usize, usize) {
    (ix.index() / ObjectChunk::ROWS, ix.index() % ObjectChunk::ROWS)
}
