//! The one door: checks that every index in the columns points at something, so that later code need not.

use std::thread;

use crate::address_map::AddressMap;
use crate::chunks::{Chunks, Content};
use crate::edges::{EdgeChunk, EdgeKind};
use crate::error::SnapshotError;
use crate::ids::{Address, StrIx};
use crate::ledger::Ledger;
use crate::meta::Meta;
use crate::objects::{ArchivedObjectChunk, ObjectChunk};
use crate::roots::{Origin, Root, RootKind};
use crate::sites::ObjectSiteChunk;
use crate::types::{TypeFlags, TypeRow};

/// The small tables, taken out of the file, and the lengths of the large ones.
pub(crate) struct Parts {
    pub meta: Meta,
    pub types: Vec<TypeRow>,
    pub strings: Vec<Box<str>>,
    pub roots: Vec<Root>,
    pub ledger: Option<Ledger>,
    pub by_address: Option<AddressMap>,
    pub n_objects: usize,
    pub n_edges: u64,
}

/// Checks all columns against each other: O(objects + edges), one pass over memory. Of known content the small tables
/// and the lengths of the columns: O(chunks).
pub(crate) fn validate(chunks: &Chunks, content: Content) -> Result<Parts, SnapshotError> {
    let meta = rkyv::deserialize::<Meta, rkyv::rancor::Error>(chunks.meta())
        .map_err(|error| SnapshotError::damaged(format!("the meta section cannot be read ({error})")))?;
    let ledger =
        chunks.ledger().map(rkyv::deserialize::<Ledger, rkyv::rancor::Error>).transpose().map_err(
            |error| SnapshotError::damaged(format!("the ledger section cannot be read ({error})")),
        )?;
    let strings = strings(chunks)?;
    let types = types(chunks, &strings)?;
    let roots = roots(chunks, strings.len())?;
    let (objects, edges) = thread::scope(|scope| {
        let edges = scope.spawn(|| edges(chunks, strings.len(), content));
        let objects = objects(chunks, types.len(), content)
            .and_then(|numbers| Ok((numbers, by_address(chunks, content)?)));
        (objects, edges.join())
    });
    let ((n_objects, n_edges), by_address) = objects?;
    let n_edges = if content == Content::Known { meta.n_edges } else { n_edges };
    let found = edges.unwrap_or_else(|_| Err(SnapshotError::damaged("the references cannot be read")))?;
    if found != n_edges {
        return Err(SnapshotError::damaged(format!("expected {n_edges} references, found {found}")));
    }
    sites(chunks, n_objects, strings.len(), content)?;
    if meta.n_objects != n_objects as u64 || meta.n_edges != n_edges {
        return Err(SnapshotError::damaged(format!(
            "expected {} objects and {} references, found {n_objects} and {n_edges}",
            meta.n_objects, meta.n_edges
        )));
    }
    Ok(Parts { meta, types, strings, roots, ledger, by_address, n_objects, n_edges })
}

/// Where each object is; `None` for known content, whose index says it.
fn by_address(chunks: &Chunks, content: Content) -> Result<Option<AddressMap>, SnapshotError> {
    if content == Content::Known {
        return Ok(None);
    }
    let addresses = chunks.objects().flat_map(|chunk| chunk.addresses.iter());
    AddressMap::new(addresses).map(Some).map_err(|address| {
        SnapshotError::damaged(format!("address {address} is misaligned or belongs to two objects"))
    })
}

fn strings(chunks: &Chunks) -> Result<Vec<Box<str>>, SnapshotError> {
    let table = chunks.strings();
    let text = std::str::from_utf8(&table.text)
        .map_err(|_| SnapshotError::damaged("the string table is not UTF-8"))?;
    let mut strings = Vec::with_capacity(table.ends.len());
    let mut start = 0;
    for end in table.ends.iter() {
        let end = usize::try_from(end.to_native()).unwrap_or(usize::MAX);
        let string = text
            .get(start..end)
            .ok_or_else(|| SnapshotError::damaged("a text of the string table ends outside of it"))?;
        strings.push(string.into());
        start = end;
    }
    if strings.is_empty() || strings.len() > u32::MAX as usize {
        return Err(SnapshotError::damaged("the string table has no texts or too many"));
    }
    Ok(strings)
}

fn types(chunks: &Chunks, strings: &[Box<str>]) -> Result<Vec<TypeRow>, SnapshotError> {
    let table = chunks.types();
    let n_types = table.addresses.len();
    let lengths = [
        table.modules.len(),
        table.qualnames.len(),
        table.basic_sizes.len(),
        table.item_sizes.len(),
        table.flags.len(),
    ];
    same_lengths("type", n_types, &lengths)?;
    let string = |ix: u32| {
        strings
            .get(ix as usize)
            .ok_or_else(|| SnapshotError::damaged(format!("a type's name is text {ix} of {}", strings.len())))
    };
    (0..n_types)
        .map(|row| {
            let module = string(table.modules[row].to_native())?;
            let qualname = string(table.qualnames[row].to_native())?;
            Ok(TypeRow {
                basic_size: table.basic_sizes[row].to_native(),
                item_size: table.item_sizes[row].to_native(),
                flags: TypeFlags::from_bits(table.flags[row].to_native()),
                ..TypeRow::named(module, qualname, Address::new(table.addresses[row].to_native()))
            })
        })
        .collect()
}

fn roots(chunks: &Chunks, n_strings: usize) -> Result<Vec<Root>, SnapshotError> {
    let table = chunks.roots();
    let n_roots = table.kinds.len();
    let lengths = [table.objects.len(), table.labels.len(), table.threads.len(), table.origins.len()];
    same_lengths("root", n_roots, &lengths)?;
    (0..n_roots)
        .map(|row| {
            let kind = RootKind::from_code(table.kinds[row])
                .ok_or_else(|| SnapshotError::damaged(format!("{} is no kind of root", table.kinds[row])))?;
            let origin = Origin::from_code(table.origins[row])
                .ok_or_else(|| SnapshotError::damaged(format!("{} is no origin", table.origins[row])))?;
            let (label, thread) = (table.labels[row].to_native(), table.threads[row].to_native());
            if label.max(thread) as usize >= n_strings {
                return Err(SnapshotError::damaged("a root's label is not in the string table"));
            }
            Ok(Root {
                kind,
                object: Address::new(table.objects[row].to_native()),
                label: StrIx::new(label),
                thread: StrIx::new(thread),
                origin,
            })
        })
        .collect()
}

fn objects(chunks: &Chunks, n_types: usize, content: Content) -> Result<(usize, u64), SnapshotError> {
    let mut n_objects = 0usize;
    let mut n_edges = 0u64;
    let mut total_size = 0i64;
    let mut previous_was_full = true;
    for chunk in chunks.objects() {
        let n_rows = chunk.addresses.len();
        if !previous_was_full || n_rows == 0 || n_rows > ObjectChunk::ROWS {
            return Err(SnapshotError::damaged(format!("a chunk of objects has {n_rows} rows")));
        }
        previous_was_full = n_rows == ObjectChunk::ROWS;
        n_objects += n_rows;
        object_lengths(chunk, n_rows)?;
        if content == Content::Known {
            continue;
        }
        object_values(chunk, n_rows, n_types)?;
        for row in 0..n_rows {
            n_edges = n_edges
                .checked_add(chunk.n_edges.get(row))
                .ok_or_else(|| SnapshotError::damaged("more references than 64 bits count"))?;
            // Every sum and every delta of sizes then fits, whoever adds them up later.
            total_size = i64::try_from(chunk.shallow_sizes.get(row))
                .ok()
                .and_then(|size| total_size.checked_add(size))
                .ok_or_else(|| SnapshotError::damaged("the objects have more bytes than 63 bits count"))?;
        }
    }
    if n_objects > 0 && n_types == 0 {
        return Err(SnapshotError::damaged("there are objects, and no types"));
    }
    // The engine counts references with 32 bits, too.
    if n_edges >= u64::from(u32::MAX) {
        return Err(SnapshotError::damaged(format!("{n_edges} references are more than this version opens")));
    }
    // One position is kept free for the engine's super-root.
    if n_objects >= u32::MAX as usize {
        return Err(SnapshotError::damaged(format!("{n_objects} objects are more than this version opens")));
    }
    Ok((n_objects, n_edges))
}

fn object_lengths(chunk: &ArchivedObjectChunk, n_rows: usize) -> Result<(), SnapshotError> {
    let lengths = [
        chunk.type_ixs.len(),
        chunk.shallow_sizes.len(),
        chunk.refcounts.len(),
        chunk.flags.len(),
        chunk.n_edges.len(),
        chunk.previews.len(),
    ];
    same_lengths("object", n_rows, &lengths)
}

fn object_values(chunk: &ArchivedObjectChunk, n_rows: usize, n_types: usize) -> Result<(), SnapshotError> {
    let soundness = [
        ("address", chunk.addresses.is_sound()),
        ("type", chunk.type_ixs.is_sound()),
        ("size", chunk.shallow_sizes.is_sound()),
        ("reference count", chunk.refcounts.is_sound()),
        ("number of references", chunk.n_edges.is_sound()),
        ("preview", chunk.previews.is_sound()),
    ];
    if let Some((column, _)) = soundness.iter().find(|(_, is_sound)| !is_sound) {
        return Err(SnapshotError::damaged(format!(
            "the column of each object's {column} contradicts itself"
        )));
    }
    if let Some(ix) = (0..n_rows).map(|row| chunk.type_ixs.get(row)).find(|ix| *ix >= n_types as u64) {
        return Err(SnapshotError::damaged(format!("an object has type {ix} of {n_types}")));
    }
    Ok(())
}

fn edges(chunks: &Chunks, n_strings: usize, content: Content) -> Result<u64, SnapshotError> {
    let mut n_edges = 0u64;
    let mut previous_was_full = true;
    let mut previous_kind = None;
    for chunk in chunks.edges() {
        let n_rows = chunk.targets.len();
        same_lengths("reference", n_rows, &[chunk.kinds.len(), chunk.labels.len()])?;
        if !previous_was_full || n_rows == 0 || n_rows > EdgeChunk::ROWS {
            return Err(SnapshotError::damaged(format!("a chunk of references has {n_rows} rows")));
        }
        previous_was_full = n_rows == EdgeChunk::ROWS;
        n_edges += n_rows as u64;
        if content == Content::Known {
            continue;
        }
        if !chunk.targets.is_sound() || !chunk.labels.is_sound() {
            return Err(SnapshotError::damaged("a column of references contradicts itself"));
        }
        for (row, code) in chunk.kinds.iter().enumerate() {
            let kind = EdgeKind::from_code(*code)
                .ok_or_else(|| SnapshotError::damaged(format!("{code} is no kind of reference")))?;
            if kind.label_is_string() && chunk.labels.get(row) as usize >= n_strings {
                return Err(SnapshotError::damaged("a reference's label is not in the string table"));
            }
            if kind == EdgeKind::DictValue && previous_kind != Some(EdgeKind::DictKey) {
                return Err(SnapshotError::damaged("a dict's value comes without its key"));
            }
            previous_kind = Some(kind);
        }
    }
    Ok(n_edges)
}

fn sites(chunks: &Chunks, n_objects: usize, n_strings: usize, content: Content) -> Result<(), SnapshotError> {
    let Some(table) = chunks.sites() else {
        return match chunks.object_sites().next() {
            None => Ok(()),
            Some(_) => Err(SnapshotError::damaged("objects have allocation sites, and there are none")),
        };
    };
    let n_frames = table.files.len();
    same_lengths("site", n_frames, &[table.lines.len()])?;
    let mut start = 0;
    for end in table.ends.iter().map(|end| end.to_native()) {
        if end <= start || end > n_frames as u64 {
            return Err(SnapshotError::damaged(
                "an allocation site has no frames, or ends outside its table",
            ));
        }
        start = end;
    }
    if table.files.iter().any(|file| file.to_native() as usize >= n_strings) {
        return Err(SnapshotError::damaged("the file of an allocation site is not in the string table"));
    }
    let mut n_rows = 0;
    let mut previous_was_full = true;
    for chunk in chunks.object_sites() {
        let n_in_chunk = chunk.sites.len();
        if !previous_was_full || n_in_chunk == 0 || n_in_chunk > ObjectSiteChunk::ROWS {
            return Err(SnapshotError::damaged(format!("a chunk of allocation sites has {n_in_chunk} rows")));
        }
        previous_was_full = n_in_chunk == ObjectSiteChunk::ROWS;
        n_rows += n_in_chunk;
        if content == Content::Unknown
            && chunk.sites.iter().any(|site| site.to_native() as usize > table.ends.len())
        {
            return Err(SnapshotError::damaged("an object's allocation site is not in the table"));
        }
    }
    if n_rows != n_objects {
        return Err(SnapshotError::damaged(format!(
            "expected allocation sites of {n_objects} objects, found {n_rows}"
        )));
    }
    Ok(())
}

fn same_lengths(what: &str, expected: usize, found: &[usize]) -> Result<(), SnapshotError> {
    match found.iter().find(|length| **length != expected) {
        None => Ok(()),
        Some(length) => Err(SnapshotError::damaged(format!(
            "a {what} column has {length} rows where another has {expected}"
        ))),
    }
}
