//! Objects: address, type, sizes, reference count, flags and preview, column by column.

use std::mem::offset_of;

use rkyv::{Archive, Serialize};

use crate::archive::{Root, Span};
use crate::columns::{AddressColumn, ByteColumn, ShortColumn, TextColumn};
use crate::ids::{Address, TypeIx};
use crate::spans::{AddressSpans, ByteSpans, ShortSpans, TextSpans};

/// Facts about an object that are either so or not.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct ObjectFlags(u8);

impl ObjectFlags {
    /// The collector tracked the object at dump time.
    pub const TRACKED: Self = Self(1);
    /// Its reference count is frozen: it lives as long as the interpreter.
    pub const IMMORTAL: Self = Self(2);
    /// Not a Python object: a buffer or an interpreter frame that the dumper made visible.
    pub const SYNTHETIC: Self = Self(4);
    /// The preview is not the whole value.
    pub const PREVIEW_TRUNCATED: Self = Self(8);

    /// Its reference count is deferred (free-threaded builds): when nothing holds it, the collector frees it.
    pub const DEFERRED: Self = Self(64);

    /// What [`ObjectFlags::generation`] is for frozen objects.
    pub const FROZEN: u8 = 3;
    const GENERATION_SHIFT: u8 = 4;

    pub const fn from_bits(bits: u8) -> Self {
        Self(bits)
    }

    pub const fn bits(self) -> u8 {
        self.0
    }

    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// The collector's generation: 0 (youngest) to 2, or [`ObjectFlags::FROZEN`] for what `gc.freeze()` has set
    /// apart. Means nothing for objects that are not tracked.
    pub const fn generation(self) -> u8 {
        self.0 >> Self::GENERATION_SHIFT & 3
    }

    #[must_use]
    pub const fn with_generation(self, generation: u8) -> Self {
        Self(self.0 | (generation & 3) << Self::GENERATION_SHIFT)
    }

    pub const fn is_tracked(self) -> bool {
        self.contains(Self::TRACKED)
    }

    pub const fn is_immortal(self) -> bool {
        self.contains(Self::IMMORTAL)
    }

    pub const fn is_synthetic(self) -> bool {
        self.contains(Self::SYNTHETIC)
    }

    pub const fn is_deferred(self) -> bool {
        self.contains(Self::DEFERRED)
    }

    pub const fn preview_truncated(self) -> bool {
        self.contains(Self::PREVIEW_TRUNCATED)
    }
}

/// Bounded text of an object's value. What it holds depends on the type:
/// `str`: the text itself; `bytes`: the inside of its literal; `int`, `float`: the literal;
/// types, functions, modules, code: the name; `ndarray`: dtype and shape.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Preview<'a> {
    pub text: &'a str,
    /// `text` is not the whole value.
    pub truncated: bool,
}

/// One object as the writer takes it.
#[derive(Clone, Copy, Debug)]
pub struct ObjectRecord<'a> {
    /// A multiple of eight, used by no other object of the snapshot.
    pub address: Address,
    pub type_ix: TypeIx,
    /// Bytes of the object itself, with the collector's header, as `sys.getsizeof` counts.
    pub shallow_size: u64,
    /// Reference count; `u32::MAX` stands for that or more.
    pub refcount: u32,
    pub flags: ObjectFlags,
    pub preview: Option<Preview<'a>>,
}

/// Objects of one object chunk, column by column.
#[derive(Archive, Serialize, Default, Debug)]
pub(crate) struct ObjectChunk {
    pub addresses: AddressColumn,
    pub type_ixs: ShortColumn,
    pub shallow_sizes: ShortColumn,
    pub refcounts: ByteColumn,
    pub flags: Vec<u8>,
    /// How many references each object has; they follow one another in the edge columns.
    pub n_edges: ByteColumn,
    pub previews: TextColumn,
}

impl ObjectChunk {
    /// Rows in every chunk but the last.
    pub(crate) const ROWS: usize = 1 << 15;

    pub(crate) fn len(&self) -> usize {
        self.addresses.len()
    }

    /// Whether there is memory for the record's text: of all columns that of texts alone may grow large.
    pub(crate) fn has_room_for(&mut self, record: &ObjectRecord<'_>) -> bool {
        self.previews.has_room_for(record.preview.map_or(0, |preview| preview.text.len()))
    }

    pub(crate) fn push(&mut self, record: &ObjectRecord<'_>, n_edges: u64) {
        let mut flags = record.flags;
        if record.preview.is_some_and(|preview| preview.truncated) {
            flags = flags.with(ObjectFlags::PREVIEW_TRUNCATED);
        }
        self.previews.push(record.preview.map_or("", |preview| preview.text));
        self.addresses.push(record.address.get());
        self.type_ixs.push(u64::from(record.type_ix.get()));
        self.shallow_sizes.push(record.shallow_size);
        self.refcounts.push(u64::from(record.refcount));
        self.flags.push(flags.bits());
        self.n_edges.push(n_edges);
    }

    pub(crate) fn clear(&mut self) {
        self.addresses.clear();
        self.type_ixs.clear();
        self.shallow_sizes.clear();
        self.refcounts.clear();
        self.flags.clear();
        self.n_edges.clear();
        self.previews.clear();
    }
}

/// Where the columns of one object chunk lie.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ObjectSpans {
    pub addresses: AddressSpans,
    pub type_ixs: ShortSpans,
    pub shallow_sizes: ShortSpans,
    pub refcounts: ByteSpans,
    pub flags: Span<u8>,
    pub n_edges: ByteSpans,
    pub previews: TextSpans,
}

impl ObjectSpans {
    /// Bytes at the end of an archive that [`ObjectSpans::new`] takes.
    pub(crate) const ROOT: usize = size_of::<ArchivedObjectChunk>();

    /// The columns of an archive of `len` bytes that ends with `bytes`; `None` if they do not lie in it.
    pub(crate) fn new(bytes: &[u8], len: usize) -> Option<Self> {
        let root = Root::new::<ArchivedObjectChunk>(bytes, len)?;
        Some(Self {
            addresses: root.addresses(offset_of!(ArchivedObjectChunk, addresses))?,
            type_ixs: root.shorts(offset_of!(ArchivedObjectChunk, type_ixs))?,
            shallow_sizes: root.shorts(offset_of!(ArchivedObjectChunk, shallow_sizes))?,
            refcounts: root.bytes(offset_of!(ArchivedObjectChunk, refcounts))?,
            flags: root.span(offset_of!(ArchivedObjectChunk, flags))?,
            n_edges: root.bytes(offset_of!(ArchivedObjectChunk, n_edges))?,
            previews: root.texts(offset_of!(ArchivedObjectChunk, previews))?,
        })
    }

    /// Rows of each column.
    pub(crate) fn lengths(&self) -> [usize; 7] {
        [
            self.addresses.len(),
            self.type_ixs.len(),
            self.shallow_sizes.len(),
            self.refcounts.len(),
            self.flags.len(),
            self.n_edges.len(),
            self.previews.len(),
        ]
    }
}
