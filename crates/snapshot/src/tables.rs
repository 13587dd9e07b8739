//! The small tables of a snapshot, checked and taken out of the file: meta, strings, types, roots, ledger, sites.

use std::mem::offset_of;

use rkyv::Portable;
use rkyv::bytecheck::CheckBytes;
use rkyv::util::AlignedVec;
use rkyv::{api::high::HighValidator, rancor};

use crate::archive::Root as Archive;
use crate::error::SnapshotError;
use crate::ids::{Address, StrIx};
use crate::ledger::{ArchivedLedger, Ledger};
use crate::locations::{ArchivedLocationTable, Location};
use crate::meta::{ArchivedMeta, Meta};
use crate::roots::{ArchivedRootTable, Origin, Root, RootKind, Thread};
use crate::sites::{ArchivedSiteTable, SiteFrame};
use crate::strings::{ArchivedStringTable, Strings};
use crate::types::{ArchivedTypeTable, TypeFlags, TypeRow};
use crate::uses::{ArchivedUseTable, CodeUse, NameKind, Uses};

/// Bytes that the names of all types, or the labels of all roots, may come to: each text is written once in a file, and
/// whoever made it may have named it for every row.
const MAX_NAMES: usize = 1 << 28;

/// The bytes of one chunk of each kind.
pub(crate) struct Archives {
    pub meta: Vec<u8>,
    pub types: Vec<u8>,
    pub strings: Vec<u8>,
    pub roots: Vec<u8>,
    pub ledger: Option<Vec<u8>>,
    pub sites: Option<Vec<u8>>,
    pub uses: Option<Vec<u8>>,
    pub locations: Vec<u8>,
}

/// What was in them.
#[derive(Debug)]
pub(crate) struct Tables {
    pub meta: Meta,
    pub types: Vec<TypeRow>,
    pub strings: Strings,
    pub roots: Vec<Root>,
    pub ledger: Option<Ledger>,
    /// Absent where no allocations were traced.
    pub sites: Option<Sites>,
    /// Absent where the instructions of the interpreter are not known.
    pub uses: Option<Vec<CodeUse>>,
    /// Ascending by address.
    pub locations: Vec<Location>,
}

impl Tables {
    pub(crate) fn new(archives: &Archives) -> Result<Self, SnapshotError> {
        let meta = archive::<ArchivedMeta, Meta>("meta", &archives.meta, |meta| {
            rkyv::deserialize::<Meta, rancor::Error>(meta)
        })?;
        let ledger = archives.ledger.as_ref().map(|bytes| {
            archive::<ArchivedLedger, Ledger>("ledger", bytes, |ledger| {
                rkyv::deserialize::<Ledger, rancor::Error>(ledger)
            })
        });
        let strings = strings(&archives.strings)?;
        let types = types(&archives.types, &strings)?;
        let roots = roots(&archives.roots, &strings)?;
        let sites = archives.sites.as_ref().map(|bytes| sites(bytes, strings.len())).transpose()?;
        let uses = archives.uses.as_ref().map(|bytes| uses(bytes, strings.len())).transpose()?;
        let locations = locations(&archives.locations, strings.len())?;
        Ok(Self { meta, types, strings, roots, ledger: ledger.transpose()?, sites, uses, locations })
    }
}

/// The lines that were running, for each allocation site.
#[derive(Debug)]
pub(crate) struct Sites {
    ends: Vec<u64>,
    frames: Vec<SiteFrame>,
}

impl Sites {
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The frames of a site; none if there is no such site.
    pub(crate) fn frames(&self, site: usize) -> &[SiteFrame] {
        let start = site.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        let end = self.ends.get(site).copied().unwrap_or(0);
        self.frames.get(start as usize..end as usize).unwrap_or_default()
    }
}

fn archive<A, T>(
    what: &str,
    bytes: &[u8],
    read: impl FnOnce(&A) -> Result<T, rancor::Error>,
) -> Result<T, SnapshotError>
where
    A: Portable + for<'a> CheckBytes<HighValidator<'a, rancor::Error>>,
{
    let mut aligned = AlignedVec::<16>::with_capacity(bytes.len());
    aligned.extend_from_slice(bytes);
    let archived = rkyv::access::<A, rancor::Error>(&aligned);
    archived
        .and_then(read)
        .map_err(|error| SnapshotError::damaged(format!("the {what} section cannot be read ({error})")))
}

fn no_archive(what: &str) -> SnapshotError {
    SnapshotError::damaged(format!("the {what} section is no valid archive"))
}

fn strings(bytes: &[u8]) -> Result<Strings, SnapshotError> {
    let spans = Archive::new::<ArchivedStringTable>(bytes, bytes.len()).and_then(|root| {
        let ends = root.span::<u64>(offset_of!(ArchivedStringTable, ends))?;
        Some((ends, root.span::<u8>(offset_of!(ArchivedStringTable, text))?))
    });
    let (ends, text) = spans.ok_or_else(|| no_archive("string"))?;
    let text = std::str::from_utf8(text.raw(bytes, 0..text.len()))
        .map_err(|_| SnapshotError::damaged("the string table is not UTF-8"))?;
    let strings = Strings::new(text, ends.values(bytes))?;
    if strings.len() == 0 || strings.len() > u32::MAX as usize {
        return Err(SnapshotError::damaged("the string table has no texts or too many"));
    }
    Ok(strings)
}

fn types(bytes: &[u8], strings: &Strings) -> Result<Vec<TypeRow>, SnapshotError> {
    let root = Archive::new::<ArchivedTypeTable>(bytes, bytes.len()).ok_or_else(|| no_archive("type"))?;
    let narrow = |offset| root.span::<u32>(offset).ok_or_else(|| no_archive("type"));
    let wide = |offset| root.span::<u64>(offset).ok_or_else(|| no_archive("type"));
    let modules = narrow(offset_of!(ArchivedTypeTable, modules))?;
    let qualnames = narrow(offset_of!(ArchivedTypeTable, qualnames))?;
    let flags = narrow(offset_of!(ArchivedTypeTable, flags))?;
    let addresses = wide(offset_of!(ArchivedTypeTable, addresses))?;
    let basic_sizes = wide(offset_of!(ArchivedTypeTable, basic_sizes))?;
    let item_sizes = wide(offset_of!(ArchivedTypeTable, item_sizes))?;
    let n_types = addresses.len();
    let lengths = [modules.len(), qualnames.len(), basic_sizes.len(), item_sizes.len(), flags.len()];
    same_lengths("type", n_types, &lengths)?;
    let string = |ix: u32| {
        strings
            .get(ix as usize)
            .ok_or_else(|| SnapshotError::damaged(format!("a type's name is text {ix} of {}", strings.len())))
    };
    let mut rows: Vec<TypeRow> = room_for(n_types)?;
    let mut names = Names::default();
    for row in 0..n_types {
        let module = string(modules.at(bytes, row))?;
        let qualname = string(qualnames.at(bytes, row))?;
        names.add(module, qualname)?;
        rows.push(TypeRow {
            basic_size: basic_sizes.at(bytes, row),
            item_size: item_sizes.at(bytes, row),
            flags: TypeFlags::from_bits(flags.at(bytes, row)),
            ..TypeRow::named(module, qualname, Address::new(addresses.at(bytes, row)))
        });
    }
    Ok(rows)
}

fn roots(bytes: &[u8], strings: &Strings) -> Result<Vec<Root>, SnapshotError> {
    let root = Archive::new::<ArchivedRootTable>(bytes, bytes.len()).ok_or_else(|| no_archive("root"))?;
    let spans = || {
        let kinds = root.span::<u8>(offset_of!(ArchivedRootTable, kinds))?;
        let objects = root.span::<u64>(offset_of!(ArchivedRootTable, objects))?;
        let labels = root.span::<u32>(offset_of!(ArchivedRootTable, labels))?;
        let idents = root.span::<u64>(offset_of!(ArchivedRootTable, idents))?;
        let threads = root.span::<u32>(offset_of!(ArchivedRootTable, threads))?;
        let files = root.span::<u32>(offset_of!(ArchivedRootTable, files))?;
        let origins = root.span::<u8>(offset_of!(ArchivedRootTable, origins))?;
        Some((kinds, objects, labels, idents, threads, files, origins))
    };
    let (kinds, objects, labels, idents, threads, files, origins) =
        spans().ok_or_else(|| no_archive("root"))?;
    let n_roots = kinds.len();
    let lengths = [objects.len(), labels.len(), idents.len(), threads.len(), files.len(), origins.len()];
    same_lengths("root", n_roots, &lengths)?;
    let mut rows: Vec<Root> = room_for(n_roots)?;
    let mut names = Names::default();
    for row in 0..n_roots {
        let code = kinds.at(bytes, row);
        let kind = RootKind::from_code(code)
            .ok_or_else(|| SnapshotError::damaged(format!("{code} is no kind of root")))?;
        let code = origins.at(bytes, row);
        let origin =
            Origin::from_code(code).ok_or_else(|| SnapshotError::damaged(format!("{code} is no origin")))?;
        let [label, name, file] = [&labels, &threads, &files].map(|column| column.at(bytes, row));
        let text = |ix: u32| strings.get(ix as usize);
        let (Some(label_text), Some(thread_text), Some(_)) = (text(label), text(name), text(file)) else {
            return Err(SnapshotError::damaged("a text of a root is not in the string table"));
        };
        names.add(label_text, thread_text)?;
        let ident = idents.at(bytes, row);
        rows.push(Root {
            kind,
            object: Address::new(objects.at(bytes, row)),
            label: StrIx::new(label),
            thread: (ident != 0).then(|| Thread { ident, name: StrIx::new(name) }),
            file: StrIx::new(file),
            origin,
        });
    }
    Ok(rows)
}

fn sites(bytes: &[u8], n_strings: usize) -> Result<Sites, SnapshotError> {
    let root = Archive::new::<ArchivedSiteTable>(bytes, bytes.len()).ok_or_else(|| no_archive("site"))?;
    let narrow = |offset| root.span::<u32>(offset).ok_or_else(|| no_archive("site"));
    let files = narrow(offset_of!(ArchivedSiteTable, files))?;
    let lines = narrow(offset_of!(ArchivedSiteTable, lines))?;
    let site_ends =
        root.span::<u64>(offset_of!(ArchivedSiteTable, ends)).ok_or_else(|| no_archive("site"))?;
    let n_frames = files.len();
    same_lengths("site", n_frames, &[lines.len()])?;
    let mut ends = room_for(site_ends.len())?;
    let mut start = 0;
    for end in site_ends.values(bytes) {
        if end <= start || end > n_frames as u64 {
            return Err(SnapshotError::damaged(
                "an allocation site has no frames, or ends outside its table",
            ));
        }
        start = end;
        ends.push(end);
    }
    let mut frames = room_for(n_frames)?;
    for (file, line) in files.values(bytes).zip(lines.values(bytes)) {
        if file as usize >= n_strings {
            return Err(SnapshotError::damaged("the file of an allocation site is not in the string table"));
        }
        frames.push(SiteFrame { file: StrIx::new(file), line });
    }
    Ok(Sites { ends, frames })
}

fn uses(bytes: &[u8], n_strings: usize) -> Result<Vec<CodeUse>, SnapshotError> {
    let root = Archive::new::<ArchivedUseTable>(bytes, bytes.len()).ok_or_else(|| no_archive("use"))?;
    let spans = || {
        let codes = root.span::<u64>(offset_of!(ArchivedUseTable, codes))?;
        let kinds = root.span::<u8>(offset_of!(ArchivedUseTable, kinds))?;
        let names = root.span::<u32>(offset_of!(ArchivedUseTable, names))?;
        Some((codes, kinds, names, root.span::<u16>(offset_of!(ArchivedUseTable, uses))?))
    };
    let (codes, kinds, names, uses) = spans().ok_or_else(|| no_archive("use"))?;
    let n_rows = codes.len();
    same_lengths("use", n_rows, &[kinds.len(), names.len(), uses.len()])?;
    let mut rows = room_for(n_rows)?;
    for row in 0..n_rows {
        let (kind, name) = (kinds.at(bytes, row), names.at(bytes, row));
        let kind = NameKind::from_code(kind)
            .ok_or_else(|| SnapshotError::damaged(format!("{kind} is no kind of name")))?;
        if name as usize >= n_strings {
            return Err(SnapshotError::damaged("a name in code is not in the string table"));
        }
        rows.push(CodeUse {
            code: Address::new(codes.at(bytes, row)),
            kind,
            name: StrIx::new(name),
            uses: Uses::from_bits(uses.at(bytes, row)),
        });
    }
    Ok(rows)
}

fn locations(bytes: &[u8], n_strings: usize) -> Result<Vec<Location>, SnapshotError> {
    let no_table = || no_archive("location");
    let root = Archive::new::<ArchivedLocationTable>(bytes, bytes.len()).ok_or_else(no_table)?;
    let narrow = |offset| root.span::<u32>(offset).ok_or_else(no_table);
    let objects = root.span::<u64>(offset_of!(ArchivedLocationTable, objects)).ok_or_else(no_table)?;
    let functions = narrow(offset_of!(ArchivedLocationTable, functions))?;
    let files = narrow(offset_of!(ArchivedLocationTable, files))?;
    let first_lines = narrow(offset_of!(ArchivedLocationTable, first_lines))?;
    let lines = narrow(offset_of!(ArchivedLocationTable, lines))?;
    let n_rows = objects.len();
    same_lengths("location", n_rows, &[functions.len(), files.len(), first_lines.len(), lines.len()])?;
    let mut rows = room_for(n_rows)?;
    for row in 0..n_rows {
        let (function, file) = (functions.at(bytes, row), files.at(bytes, row));
        if function.max(file) as usize >= n_strings {
            return Err(SnapshotError::damaged("a name of a location is not in the string table"));
        }
        rows.push(Location {
            object: Address::new(objects.at(bytes, row)),
            function: StrIx::new(function),
            file: StrIx::new(file),
            first_line: first_lines.at(bytes, row),
            line: lines.at(bytes, row),
        });
    }
    rows.sort_by_key(|row| row.object.get());
    Ok(rows)
}

/// Counts the bytes of names that are taken out of the string table for each row.
#[derive(Default)]
struct Names(usize);

impl Names {
    fn add(&mut self, one: &str, other: &str) -> Result<(), SnapshotError> {
        self.0 = self.0.saturating_add(one.len()).saturating_add(other.len());
        if self.0 > MAX_NAMES {
            return Err(SnapshotError::damaged("the names of types or the labels of roots are too long"));
        }
        Ok(())
    }
}

/// An empty vector that so many rows fit into.
pub(crate) fn room_for<T>(n_rows: usize) -> Result<Vec<T>, SnapshotError> {
    let mut rows = Vec::new();
    rows.try_reserve_exact(n_rows)
        .map_err(|_| SnapshotError::no_memory((n_rows as u64).saturating_mul(size_of::<T>() as u64)))?;
    Ok(rows)
}

pub(crate) fn same_lengths(what: &str, expected: usize, found: &[usize]) -> Result<(), SnapshotError> {
    match found.iter().find(|length| **length != expected) {
        None => Ok(()),
        Some(length) => Err(SnapshotError::damaged(format!(
            "a {what} column has {length} rows where another has {expected}"
        ))),
    }
}
