//! Objects: address, type, sizes, reference count, flags and preview, column by column.

use rkyv::{Archive, Serialize};

use crate::ids::{Address, TypeIx};

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

/// A value that does not fit into a column of `u32`; the column then holds `u32::MAX` in that row.
#[derive(Archive, Serialize, Clone, Copy, Debug)]
pub(crate) struct Wide {
    pub row: u32,
    pub value: u64,
}

/// Objects of one object chunk, column by column.
#[derive(Archive, Serialize, Default, Debug)]
pub(crate) struct ObjectChunk {
    pub addresses: Vec<u64>,
    pub type_ixs: Vec<u32>,
    pub shallow_sizes: Vec<u32>,
    pub refcounts: Vec<u32>,
    pub flags: Vec<u8>,
    /// How many references each object has; they follow one another in the edge columns.
    pub n_edges: Vec<u32>,
    /// Where each preview ends in `preview_text`; it begins where the one before ends.
    pub preview_ends: Vec<u32>,
    pub preview_text: Vec<u8>,
    pub wide_sizes: Vec<Wide>,
    pub wide_n_edges: Vec<Wide>,
}

impl ObjectChunk {
    /// Rows in every chunk but the last.
    pub const ROWS: usize = 1 << 15;

    pub fn len(&self) -> usize {
        self.addresses.len()
    }

    pub fn push(&mut self, record: &ObjectRecord<'_>, n_edges: u64) {
        let row = self.len() as u32;
        let mut flags = record.flags;
        if let Some(preview) = record.preview {
            self.preview_text.extend_from_slice(preview.text.as_bytes());
            if preview.truncated {
                flags = flags.with(ObjectFlags::PREVIEW_TRUNCATED);
            }
        }
        self.addresses.push(record.address.get());
        self.type_ixs.push(record.type_ix.get());
        self.shallow_sizes.push(narrow(record.shallow_size, row, &mut self.wide_sizes));
        self.refcounts.push(record.refcount);
        self.flags.push(flags.bits());
        self.n_edges.push(narrow(n_edges, row, &mut self.wide_n_edges));
        self.preview_ends.push(self.preview_text.len() as u32);
    }

    pub fn clear(&mut self) {
        self.addresses.clear();
        self.type_ixs.clear();
        self.shallow_sizes.clear();
        self.refcounts.clear();
        self.flags.clear();
        self.n_edges.clear();
        self.preview_ends.clear();
        self.preview_text.clear();
        self.wide_sizes.clear();
        self.wide_n_edges.clear();
    }
}

impl ArchivedObjectChunk {
    pub fn shallow_size(&self, row: usize) -> u64 {
        widen(self.shallow_sizes[row].to_native(), row, &self.wide_sizes)
    }

    pub fn n_edges(&self, row: usize) -> u64 {
        widen(self.n_edges[row].to_native(), row, &self.wide_n_edges)
    }

    /// The bytes of the preview in `row`; the reader has checked that they are whole UTF-8 characters.
    pub fn preview_bytes(&self, row: usize) -> &[u8] {
        let start = if row == 0 { 0 } else { self.preview_ends[row - 1].to_native() as usize };
        let end = self.preview_ends[row].to_native() as usize;
        &self.preview_text[start..end]
    }
}

fn narrow(value: u64, row: u32, wide: &mut Vec<Wide>) -> u32 {
    match u32::try_from(value) {
        Ok(narrow) if narrow != u32::MAX => narrow,
        _ => {
            wide.push(Wide { row, value });
            u32::MAX
        }
    }
}

fn widen(narrow: u32, row: usize, wide: &[ArchivedWide]) -> u64 {
    if narrow != u32::MAX {
        return u64::from(narrow);
    }
    wide.binary_search_by_key(&row, |entry| entry.row.to_native() as usize)
        .map_or(u64::from(narrow), |found| wide[found].value.to_native())
}
