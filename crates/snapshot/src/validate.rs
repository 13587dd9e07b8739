//! The one door: checks that every value in the large columns means something, so that later code need not.

use std::num::NonZero;
use std::sync::Arc;
use std::thread;

use crate::address_map::AddressMap;
use crate::chunks::{Chunk, Column, Spans};
use crate::edges::{EdgeKind, EdgeSpans};
use crate::error::SnapshotError;
use crate::objects::ObjectSpans;
use crate::pieces::PieceFile;
use crate::reader::Columns;
use crate::sites::ObjectSiteSpans;
use crate::source::SourceFile;
use crate::tables::{Sites, Tables};
use crate::unreadable::readable;

/// Told of bytes that are done; stops the work by returning false.
pub(crate) type Progress<'a> = &'a mut dyn FnMut(u64) -> bool;

/// Reads all large columns once and checks each value. Returns where each object is, and the checksums of all pieces.
/// O(objects + references) on all processors.
pub(crate) fn validate(
    source: &Arc<SourceFile>,
    columns: &Columns,
    tables: &Tables,
    progress: Progress<'_>,
) -> Result<(AddressMap, Vec<u64>), SnapshotError> {
    let (n_types, n_strings) = (tables.types.len(), tables.strings.len());
    let n_sites = tables.sites.as_ref().map_or(0, Sites::len);
    let mut sums = Sums::default();
    let objects = |spans: &ObjectSpans, bytes: &[u8]| object_values(*spans, bytes, n_types);
    let mut checksums = check(source, &columns.objects, objects, progress, |part| sums.add(&part))?;
    let edges = |spans: &EdgeSpans, bytes: &[u8]| edge_values(*spans, bytes, n_strings);
    let sites = |spans: &ObjectSiteSpans, bytes: &[u8]| site_values(*spans, bytes, n_sites);
    let of_objects = PieceFile::new(Arc::clone(source), checksums.clone())?;
    let (by_address, others) = thread::scope(|scope| {
        let by_address = scope.spawn(|| by_address(columns, &of_objects));
        let mut order = EdgeOrder::default();
        let others =
            check(source, &columns.edges, edges, progress, |part| order.add(&part)).and_then(|edges| {
                Ok((edges, check(source, &columns.object_sites, sites, progress, |()| Ok(()))?))
            });
        (by_address.join(), others)
    });
    let by_address = by_address.map_err(|_| SnapshotError::damaged("the addresses cannot be read"))??;
    let (of_edges, of_sites) = others?;
    if sums.n_edges != columns.edges.n_rows() as u64 {
        let (expected, found) = (sums.n_edges, columns.edges.n_rows());
        return Err(SnapshotError::damaged(format!("expected {expected} references, found {found}")));
    }
    checksums.extend(of_edges);
    checksums.extend(of_sites);
    Ok((by_address, checksums))
}

/// Checks that the columns are as long as the tables say. O(1).
pub(crate) fn check_lengths(columns: &Columns, tables: &Tables) -> Result<(), SnapshotError> {
    let (n_objects, n_edges) = (columns.objects.n_rows(), columns.edges.n_rows());
    if n_objects > 0 && tables.types.is_empty() {
        return Err(SnapshotError::damaged("there are objects, and no types"));
    }
    // The engine counts references with 32 bits, too.
    if n_edges >= u32::MAX as usize {
        return Err(SnapshotError::damaged(format!("{n_edges} references are more than this version opens")));
    }
    // One position is kept free for the engine's super-root.
    if n_objects >= u32::MAX as usize {
        return Err(SnapshotError::damaged(format!("{n_objects} objects are more than this version opens")));
    }
    let meta = &tables.meta;
    if meta.n_objects != n_objects as u64 || meta.n_edges != n_edges as u64 {
        return Err(SnapshotError::damaged(format!(
            "expected {} objects and {} references, found {n_objects} and {n_edges}",
            meta.n_objects, meta.n_edges
        )));
    }
    let n_rows = columns.object_sites.n_rows();
    match &tables.sites {
        None if n_rows > 0 => {
            Err(SnapshotError::damaged("objects have allocation sites, and there are none"))
        }
        Some(_) if n_rows != n_objects => Err(SnapshotError::damaged(format!(
            "expected allocation sites of {n_objects} objects, found {n_rows}"
        ))),
        _ => Ok(()),
    }
}

/// Reads each chunk of a column and checks it with `values`, on all processors; `take` is told in order what each comes
/// to. Returns the checksums of their pieces.
fn check<S: Spans, T: Send>(
    source: &SourceFile,
    column: &Column<S>,
    values: impl Fn(&S, &[u8]) -> Result<T, SnapshotError> + Sync,
    progress: Progress<'_>,
    mut take: impl FnMut(T) -> Result<(), SnapshotError>,
) -> Result<Vec<u64>, SnapshotError> {
    let n_threads = thread::available_parallelism().map_or(1, NonZero::get);
    let mut checksums = Vec::new();
    for batch in column.chunks().chunks(n_threads * 16) {
        let check = |part: &[Chunk<S>]| -> Result<Vec<(T, Vec<u64>)>, SnapshotError> {
            let mut buffer = Vec::new();
            part.iter().map(|chunk| chunk.check(source, &mut buffer, &values)).collect()
        };
        let found = thread::scope(|scope| {
            let check = &check;
            let parts = batch.chunks(batch.len().div_ceil(n_threads));
            let threads: Vec<_> = parts.map(|part| scope.spawn(move || check(part))).collect();
            let failed = || SnapshotError::damaged("a chunk cannot be checked");
            let joined = threads.into_iter().map(|thread| thread.join().map_err(|_| failed())?);
            joined.collect::<Result<Vec<_>, SnapshotError>>()
        })?;
        for (part, of_chunk) in found.into_iter().flatten() {
            take(part)?;
            checksums.extend(of_chunk);
        }
        if !progress(batch.iter().map(|chunk| chunk.entry.len).sum()) {
            return Err(SnapshotError::Cancelled);
        }
    }
    Ok(checksums)
}

fn by_address(columns: &Columns, file: &PieceFile) -> Result<AddressMap, SnapshotError> {
    let addresses = columns.objects.chunks().iter().map(|chunk| {
        let (spans, bytes) = chunk.open(file);
        spans.addresses.copied(bytes)
    });
    let map = readable(|| AddressMap::new(addresses)).map_err(|unreadable| unreadable.error)?;
    map.map_err(|address| {
        SnapshotError::damaged(format!("address {address} is misaligned or belongs to two objects"))
    })
}

/// References and bytes of some objects.
#[derive(Default)]
struct Sums {
    n_edges: u64,
    size: u64,
}

impl Sums {
    fn add(&mut self, part: &Self) -> Result<(), SnapshotError> {
        self.n_edges = self
            .n_edges
            .checked_add(part.n_edges)
            .ok_or_else(|| SnapshotError::damaged("more references than 64 bits count"))?;
        // Every sum and every delta of sizes then fits, whoever adds them up later.
        self.size = self
            .size
            .checked_add(part.size)
            .filter(|size| i64::try_from(*size).is_ok())
            .ok_or_else(|| SnapshotError::damaged("the objects have more bytes than 63 bits count"))?;
        Ok(())
    }
}

fn object_values(spans: ObjectSpans, bytes: &[u8], n_types: usize) -> Result<Sums, SnapshotError> {
    let soundness = [
        ("address", spans.addresses.is_sound(bytes)),
        ("type", spans.type_ixs.is_sound(bytes)),
        ("size", spans.shallow_sizes.is_sound(bytes)),
        ("reference count", spans.refcounts.is_sound(bytes)),
        ("number of references", spans.n_edges.is_sound(bytes)),
        ("preview", spans.previews.is_sound(bytes)),
    ];
    if let Some((column, _)) = soundness.iter().find(|(_, is_sound)| !is_sound) {
        return Err(SnapshotError::damaged(format!(
            "the column of each object's {column} contradicts itself"
        )));
    }
    if let Some(ix) = spans.type_ixs.iter(bytes).find(|ix| *ix >= n_types as u64) {
        return Err(SnapshotError::damaged(format!("an object has type {ix} of {n_types}")));
    }
    let mut sums = Sums::default();
    for (n_edges, size) in spans.n_edges.iter(bytes).zip(spans.shallow_sizes.iter(bytes)) {
        sums.add(&Sums { n_edges, size })?;
    }
    Ok(sums)
}

/// What a chunk of references says of those around it.
struct EdgeFacts {
    begins_with_value: bool,
    ends_with_key: bool,
}

#[derive(Default)]
struct EdgeOrder {
    previous_ends_with_key: bool,
}

impl EdgeOrder {
    fn add(&mut self, part: &EdgeFacts) -> Result<(), SnapshotError> {
        if part.begins_with_value && !self.previous_ends_with_key {
            return Err(value_without_key());
        }
        self.previous_ends_with_key = part.ends_with_key;
        Ok(())
    }
}

fn value_without_key() -> SnapshotError {
    SnapshotError::damaged("a dict's value comes without its key")
}

fn edge_values(spans: EdgeSpans, bytes: &[u8], n_strings: usize) -> Result<EdgeFacts, SnapshotError> {
    if !spans.targets.is_sound(bytes) || !spans.labels.is_sound(bytes) {
        return Err(SnapshotError::damaged("a column of references contradicts itself"));
    }
    let mut facts = EdgeFacts { begins_with_value: false, ends_with_key: false };
    for (row, code) in spans.kinds.values(bytes).enumerate() {
        let kind = EdgeKind::from_code(code)
            .ok_or_else(|| SnapshotError::damaged(format!("{code} is no kind of reference")))?;
        if kind.label_is_string() && spans.labels.get(bytes, row) as usize >= n_strings {
            return Err(SnapshotError::damaged("a reference's label is not in the string table"));
        }
        if kind == EdgeKind::DictValue {
            if row == 0 {
                facts.begins_with_value = true;
            } else if !facts.ends_with_key {
                return Err(value_without_key());
            }
        }
        facts.ends_with_key = kind == EdgeKind::DictKey;
    }
    Ok(facts)
}

fn site_values(spans: ObjectSiteSpans, bytes: &[u8], n_sites: usize) -> Result<(), SnapshotError> {
    if spans.sites.values(bytes).any(|site| site as usize > n_sites) {
        return Err(SnapshotError::damaged("an object's allocation site is not in the table"));
    }
    Ok(())
}
