//! Opens a snapshot: checks everything once, and hands out columns, whose bytes are read when they are asked for.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{fmt, io};

use crate::address_map::AddressMap;
use crate::chunks::{ChunkBytes, Column, SnapshotFile};
use crate::container::Entry;
use crate::edges::{Edge, EdgeSpans};
use crate::error::SnapshotError;
use crate::ids::{Address, ObjectIx, SiteIx, StrIx, TypeIx};
use crate::index::{self, Index, IndexSection, IndexValues};
use crate::index_column::Stored;
use crate::ledger::Ledger;
use crate::locations::Location;
use crate::meta::Meta;
use crate::objects::{ObjectChunk, ObjectFlags, ObjectSpans, Preview};
use crate::pieces::PieceFile;
use crate::roots::Root;
use crate::sites::{ObjectSiteChunk, ObjectSiteSpans, SiteFrame};
use crate::stamp::SnapshotKey;
use crate::tables::{Sites, Tables};
use crate::types::TypeRow;
use crate::unreadable::readable;
use crate::uses::CodeUse;
use crate::validate::{check_lengths, validate};

/// Objects between two stored edge positions: small enough to add up on the way, large enough to cost nothing.
pub(crate) const STRIDE: usize = 64;

/// An open snapshot. Everything was checked by [`Snapshot::open`].
///
/// The file is not mapped: what is asked for is read then, and stays as it was. Who writes to the file or cuts it while
/// it is open does no harm; a question about a part of it that had not been read ends as [`crate::readable`] says, and
/// never with a wrong answer.
pub struct Snapshot {
    pub(crate) file: PieceFile,
    pub(crate) columns: Columns,
    tables: Tables,
    by_address: AddressMap,
    /// First edge of every `STRIDE`-th object.
    pub(crate) first_edges: Stored<u64>,
    key: SnapshotKey,
    index_places: Vec<PathBuf>,
}

/// The large columns.
#[derive(Debug)]
pub(crate) struct Columns {
    pub objects: Column<ObjectSpans>,
    pub edges: Column<EdgeSpans>,
    pub object_sites: Column<ObjectSiteSpans>,
    /// Pieces of all of them.
    n_pieces: usize,
}

impl Columns {
    fn new(entries: &[Entry]) -> Result<Self, SnapshotError> {
        let mut n_pieces = 0;
        let objects = Column::new(entries, &mut n_pieces)?;
        let edges = Column::new(entries, &mut n_pieces)?;
        Ok(Self { objects, edges, object_sites: Column::new(entries, &mut n_pieces)?, n_pieces })
    }
}

impl Snapshot {
    /// Checks the file at `path`: checksums, archives, bounds of every index. O(file size).
    pub fn open(path: &Path) -> Result<Self, SnapshotError> {
        Self::open_with(path, &mut |_, _| true)
    }

    /// As [`Snapshot::open`]; `progress` is told bytes done and bytes in all, and stops the work by returning false.
    pub fn open_with(path: &Path, progress: &mut dyn FnMut(u64, u64) -> bool) -> Result<Self, SnapshotError> {
        Self::open_file(&SnapshotFile::open(path)?, None, progress).map(|(snapshot, _)| snapshot)
    }

    /// As [`Snapshot::open_with`], but with the index beside the file or in `cache_folder`, if there is one for this
    /// very content. The index then says what else is known of the snapshot.
    ///
    /// With an index, and if nobody has written to the file since that was made: O(chunks), and one pass over the
    /// index. The values of the snapshot are then not looked at again, and checksums when something is read.
    pub fn open_indexed(
        path: &Path,
        cache_folder: Option<&Path>,
        progress: &mut dyn FnMut(u64, u64) -> bool,
    ) -> Result<(Self, Option<Index>), SnapshotError> {
        let file = SnapshotFile::open(path)?;
        let places = index::places(path, &file.key, cache_folder);
        let found = places.iter().find_map(|place| Index::open(place, &file.key));
        let (mut snapshot, index) = Self::open_file(&file, found, progress)?;
        snapshot.index_places = places;
        Ok((snapshot, index))
    }

    /// Writes the index that [`Snapshot::open_indexed`] finds: its own columns and those of the engine. Beside the
    /// snapshot, or in the cache folder if that is not possible.
    pub fn write_index(&self, columns: &[(IndexSection, IndexValues<'_>)]) -> io::Result<()> {
        let mut all = self.by_address.columns();
        all.push((IndexSection::FirstEdges, IndexValues::U64(self.first_edges.all())));
        all.push((IndexSection::Pieces, IndexValues::U64(self.file.checksums())));
        all.extend_from_slice(columns);
        // Without a stamp the content is checked each time.
        let stamp = self.file.source().stamp().unwrap_or_default();
        index::write(&self.index_places, &self.key, &stamp, &all)
    }

    /// Gives back the memory of what was read; it is read again when it is asked for.
    pub fn forget_read(&mut self) {
        self.file.forget();
    }

    fn open_file(
        file: &SnapshotFile,
        index: Option<Index>,
        progress: &mut dyn FnMut(u64, u64) -> bool,
    ) -> Result<(Self, Option<Index>), SnapshotError> {
        let source = Arc::clone(&file.source);
        let opened = readable(|| Self::open_source(file, index, progress));
        // That of another file is of the index, and goes on to whoever can do without.
        let opened = opened.unwrap_or_else(|unreadable| {
            if unreadable.path == source.path() { Err(unreadable.error) } else { unreadable.raise() }
        });
        opened.map_err(|error| source.explain(error))
    }

    fn open_source(
        file: &SnapshotFile,
        index: Option<Index>,
        progress: &mut dyn FnMut(u64, u64) -> bool,
    ) -> Result<(Self, Option<Index>), SnapshotError> {
        let SnapshotFile { source, entries, key } = file;
        let stamp = source.stamp();
        // One whose stamp has gone stale is written anew.
        let known = index.filter(|index| stamp.as_ref() == Some(index.stamp()));
        let columns = Columns::new(entries)?;
        let tables = Tables::new(&file.archives()?)?;
        check_lengths(&columns, &tables)?;
        if let Some(known) = known
            && let Some(parts) = of_index(&known, &columns)
        {
            let (checksums, by_address, first_edges) = parts;
            let file = PieceFile::new(Arc::clone(source), checksums)?;
            let index_places = Vec::new();
            let snapshot = Self { file, columns, tables, by_address, first_edges, key: *key, index_places };
            return Ok((snapshot, Some(known)));
        }
        let (mut done, total) = (0, source.len());
        let mut advance = |n_bytes: u64| {
            done += n_bytes;
            progress(done, total)
        };
        let (by_address, checksums) = validate(source, &columns, &tables, &mut advance)?;
        let file = PieceFile::new(Arc::clone(source), checksums)?;
        let first_edges = Stored::Owned(strided_first_edges(&columns, &file));
        let index_places = Vec::new();
        Ok((Self { file, columns, tables, by_address, first_edges, key: *key, index_places }, None))
    }

    pub fn meta(&self) -> &Meta {
        &self.tables.meta
    }

    /// Where the memory of the whole process was; `None` if the dumper did not write it.
    pub fn ledger(&self) -> Option<&Ledger> {
        self.tables.ledger.as_ref()
    }

    /// What living code of the user's does with what it reads under names; `None` where nobody could tell.
    pub fn uses(&self) -> Option<&[CodeUse]> {
        self.tables.uses.as_deref()
    }

    /// Where the object is in the source, if it is a code object or something that runs one. O(log code objects).
    pub fn location(&self, ix: ObjectIx) -> Option<&Location> {
        let rows = &self.tables.locations;
        let row = rows.binary_search_by_key(&self.address(ix).get(), |row| row.object.get());
        row.ok().map(|row| &rows[row])
    }

    /// Number of allocation sites; 0 where no allocations were traced.
    pub fn n_sites(&self) -> usize {
        self.tables.sites.as_ref().map_or(0, Sites::len)
    }

    /// Where the object was allocated, if that was traced. O(1).
    pub fn site(&self, ix: ObjectIx) -> Option<SiteIx> {
        let (chunk, row) = (ix.index() / ObjectSiteChunk::ROWS, ix.index() % ObjectSiteChunk::ROWS);
        let (spans, bytes) = self.columns.object_sites.chunks().get(chunk)?.open(&self.file);
        let site = spans.sites.at(bytes, row).checked_sub(1)?;
        Some(SiteIx::new(site)).filter(|site| site.index() < self.n_sites())
    }

    /// The lines that were running at a site, most recent first: at least one.
    pub fn site_frames(&self, site: SiteIx) -> impl Iterator<Item = SiteFrame> + '_ {
        self.tables.sites.iter().flat_map(move |sites| sites.frames(site.index())).copied()
    }

    pub fn n_objects(&self) -> usize {
        self.columns.objects.n_rows()
    }

    pub fn n_edges(&self) -> u64 {
        self.columns.edges.n_rows() as u64
    }

    /// The file, as it was called when it was opened.
    pub fn path(&self) -> &Path {
        self.file.source().path()
    }

    /// Size of the file in bytes, when it was opened.
    pub fn file_size(&self) -> u64 {
        self.file.source().len()
    }

    pub fn address(&self, ix: ObjectIx) -> Address {
        let (spans, bytes, row) = self.object(ix);
        Address::new(spans.addresses.get(bytes, row))
    }

    pub fn type_ix(&self, ix: ObjectIx) -> TypeIx {
        let (spans, bytes, row) = self.object(ix);
        let ix = spans.type_ixs.get(bytes, row);
        TypeIx::new(ix.min(self.tables.types.len() as u64 - 1) as u32)
    }

    pub fn type_of(&self, ix: ObjectIx) -> &TypeRow {
        &self.tables.types[self.type_ix(ix).index()]
    }

    /// Bytes of the object itself.
    pub fn shallow_size(&self, ix: ObjectIx) -> u64 {
        let (spans, bytes, row) = self.object(ix);
        spans.shallow_sizes.get(bytes, row)
    }

    /// Reference count at dump time; `u32::MAX` stands for that or more.
    pub fn refcount(&self, ix: ObjectIx) -> u32 {
        let (spans, bytes, row) = self.object(ix);
        u32::try_from(spans.refcounts.get(bytes, row)).unwrap_or(u32::MAX)
    }

    pub fn flags(&self, ix: ObjectIx) -> ObjectFlags {
        let (spans, bytes, row) = self.object(ix);
        ObjectFlags::from_bits(spans.flags.at(bytes, row))
    }

    /// Text of the object's value, if the dumper wrote any.
    pub fn preview(&self, ix: ObjectIx) -> Option<Preview<'_>> {
        let (spans, bytes, row) = self.object(ix);
        let truncated = self.flags(ix).preview_truncated();
        // Checked when opened; an empty text still is a preview for the types that have texts.
        let text = std::str::from_utf8(spans.previews.get(bytes, row)).unwrap_or_default();
        let is_empty_text = || !truncated && matches!(self.type_of(ix).name.as_str(), "str" | "bytes");
        let has_text = !text.is_empty() || is_empty_text();
        has_text.then_some(Preview { text, truncated })
    }

    /// [`Snapshot::shallow_size`] of all objects. Faster than to ask for each, and nothing stays in memory.
    pub fn shallow_sizes(&self) -> impl Iterator<Item = u64> + '_ {
        self.of_all(|spans, bytes| spans.shallow_sizes.copied(bytes))
    }

    /// [`Snapshot::type_ix`] of all objects, likewise.
    pub fn type_ixs(&self) -> impl Iterator<Item = TypeIx> + '_ {
        let last = self.tables.types.len().saturating_sub(1) as u64;
        self.of_all(|spans, bytes| spans.type_ixs.copied(bytes))
            .map(move |ix| TypeIx::new(ix.min(last) as u32))
    }

    /// [`Snapshot::flags`] of all objects, likewise.
    pub fn all_flags(&self) -> impl Iterator<Item = ObjectFlags> + '_ {
        self.of_all(|spans, bytes| spans.flags.copied(bytes)).map(ObjectFlags::from_bits)
    }

    fn of_all<T>(&self, column: impl Fn(&ObjectSpans, ChunkBytes<'_>) -> Vec<T>) -> impl Iterator<Item = T> {
        self.columns.objects.chunks().iter().flat_map(move |chunk| {
            let (spans, bytes) = chunk.open(&self.file);
            column(spans, bytes)
        })
    }

    pub fn types(&self) -> &[TypeRow] {
        &self.tables.types
    }

    pub fn string(&self, ix: StrIx) -> &str {
        self.tables.strings.get(ix.index()).unwrap_or_default()
    }

    /// All texts of the string table in order.
    pub fn strings(&self) -> impl ExactSizeIterator<Item = &str> {
        self.tables.strings.iter()
    }

    /// The label of a reference whose kind has a name.
    pub fn edge_label(&self, edge: &Edge) -> Option<&str> {
        edge.label_ix().map(|ix| self.string(ix))
    }

    pub fn roots(&self) -> &[Root] {
        &self.tables.roots
    }

    /// The object at `address`. O(1).
    pub fn find(&self, address: Address) -> Option<ObjectIx> {
        self.by_address.get(address)
    }

    /// What [`Snapshot::find`] says of each address, added to `found`; faster than to ask for each.
    pub fn find_all(&self, addresses: &[u64], found: &mut Vec<Option<ObjectIx>>) {
        self.by_address.get_all(addresses, found);
    }

    /// Where the object's columns are, and its row in them.
    #[inline]
    pub(crate) fn object(&self, ix: ObjectIx) -> (&ObjectSpans, ChunkBytes<'_>, usize) {
        let (chunk, row) = (ix.index() / ObjectChunk::ROWS, ix.index() % ObjectChunk::ROWS);
        let (spans, bytes) = self.columns.objects.chunks()[chunk].open(&self.file);
        (spans, bytes, row)
    }
}

impl fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Snapshot of {} objects and {} references", self.n_objects(), self.n_edges())
    }
}

/// What an index says of the snapshot itself: checksums of its pieces, where each object is, and where its references
/// begin. `None` if that does not fit.
fn of_index(index: &Index, columns: &Columns) -> Option<(Vec<u64>, AddressMap, Stored<u64>)> {
    let n_objects = columns.objects.n_rows();
    let checksums = index.column::<u64>(IndexSection::Pieces)?;
    let first_edges = index.column::<u64>(IndexSection::FirstEdges)?;
    if checksums.len() != columns.n_pieces || first_edges.len() != n_objects.div_ceil(STRIDE) {
        return None;
    }
    let by_address = AddressMap::from_index(index, n_objects)?;
    Some((checksums.all().to_vec(), by_address, Stored::InFile(first_edges)))
}

fn strided_first_edges(columns: &Columns, file: &PieceFile) -> Vec<u64> {
    let (mut first, mut position) = (0, 0usize);
    let mut first_edges = Vec::with_capacity(columns.objects.n_rows().div_ceil(STRIDE));
    for chunk in columns.objects.chunks() {
        let (spans, bytes) = chunk.open(file);
        for n_edges in spans.n_edges.copied(bytes) {
            if position.is_multiple_of(STRIDE) {
                first_edges.push(first);
            }
            first += n_edges;
            position += 1;
        }
    }
    first_edges
}
