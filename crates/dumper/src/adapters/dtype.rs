//! numpy dtypes: item sizes, what they hold, and where objects lie in an item.

use super::numpy_library::{Items, Numpy};
use super::{Buffer, BufferKind};
use crate::cpython::{self, Facts, Int, Raw, SHIFT};
use crate::probe::Probe;

/// `tp_name` of the base of all dtypes.
pub(crate) const DTYPE: &str = "numpy.dtype";
/// Of the dtype of texts of any length.
pub(crate) const TEXTS: &str = "numpy.dtypes.StringDType";

const TYPE_NUMBER: isize = SHIFT + 28;
/// The flag of dtypes whose items hold references, or own memory.
const HOLDS_REFERENCES: u8 = 1;
/// Records with more objects than this, or nested deeper, are not looked into.
const MAX_PLACES: usize = 4096;
const MAX_LEVELS: usize = 32;
const TOO_MUCH: &str = "what numpy records hold: some have more than 4,096 references or 32 levels; left out";

/// Where numpy 1 and numpy 2 keep what they keep differently.
/// <https://github.com/numpy/numpy/blob/main/numpy/_core/include/numpy/ndarraytypes.h>
#[derive(PartialEq, Eq, Debug)]
pub(crate) struct Layout {
    flags: isize,
    /// Where the size of items is, and its bytes.
    item_size: (isize, usize),
    metadata: isize,
    /// Of the builtin dtypes; in numpy 1 of all.
    subarray: isize,
    fields: isize,
    names: isize,
    is_in_base: bool,
    /// Bytes of `numpy.dtype` itself.
    pub base_size: u64,
}

pub(crate) const NUMPY_1: Layout = Layout {
    flags: SHIFT + 27,
    item_size: (SHIFT + 32, 4),
    metadata: SHIFT + 72,
    subarray: SHIFT + 40,
    fields: SHIFT + 48,
    names: SHIFT + 56,
    is_in_base: true,
    base_size: SHIFT as u64 + 96,
};
pub(crate) const NUMPY_2: Layout = Layout {
    flags: SHIFT + 32,
    item_size: (SHIFT + 40, 8),
    metadata: SHIFT + 56,
    subarray: SHIFT + 88,
    fields: SHIFT + 96,
    names: SHIFT + 104,
    is_in_base: false,
    base_size: SHIFT as u64 + 88,
};

/// In a dtype of texts: its allocator.
const ALLOCATOR: isize = SHIFT + 136;
const SIZE_OF_TEXTS: u64 = SHIFT as u64 + 144;
/// No memory is larger.
const ADDRESS_SPACE: u64 = 1 << 47;

/// Where the references in an item lie.
#[derive(Default, Debug)]
pub(crate) struct Places {
    /// Ascending.
    pub offsets: Vec<u64>,
    /// Why the item was not looked into as a whole, one sentence.
    pub left_out: Option<String>,
}

/// Number of the builtin dtype, if it is one.
pub(crate) fn number(dtype: Raw) -> i32 {
    dtype.field(TYPE_NUMBER)
}

impl Numpy {
    /// References of dtypes of this class, one derived from `numpy.dtype`: name, whether an expression gives it,
    /// offset. Dtypes are not collectable.
    pub(crate) fn dtype_fields(&self, class: Raw) -> Vec<(&'static str, bool, isize)> {
        let layout = self.layout;
        let mut fields = vec![("metadata", false, layout.metadata)];
        if layout.is_in_base || self.is_builtin_class(class) {
            fields.extend([("fields", false, layout.fields), ("names", true, layout.names)]);
        }
        fields
    }

    /// Bytes per item.
    pub(crate) fn item_size(&self, dtype: Raw) -> Option<u64> {
        match self.layout.item_size {
            (offset, 4) => u64::try_from(dtype.field::<i32>(offset)).ok(),
            (offset, _) => u64::try_from(dtype.field::<i64>(offset)).ok(),
        }
    }

    /// Whether items are more than their bytes.
    pub(crate) fn holds_references(&self, dtype: Raw) -> bool {
        dtype.field::<u8>(self.layout.flags) & HOLDS_REFERENCES != 0
    }

    /// The memory in which texts lie that are too long for an item. Those that were put in the place of shorter ones
    /// lie elsewhere.
    pub(crate) fn texts(&self, facts: &Facts, dtype: Raw) -> Result<Option<Buffer>, String> {
        // Three functions of the interpreter's, then bytes in use, all bytes, and where they are. No version of numpy
        // promises this: what is not as it was found is left alone.
        // https://github.com/numpy/numpy/blob/main/numpy/_core/src/multiarray/stringdtype/static_string.c
        const USED: usize = 3;
        const SIZE: usize = 4;
        const ADDRESS: usize = 5;
        let is_known = self.text_type == Some(cpython::type_of(dtype))
            && cpython::sizes(cpython::type_of(dtype)).0 == SIZE_OF_TEXTS;
        let probe = Probe::new().filter(|_| is_known);
        let word = |place: usize| {
            let allocator = dtype.field::<usize>(ALLOCATOR);
            probe.as_ref()?.word(allocator.wrapping_add(place * size_of::<usize>()))
        };
        let functions = (word(0), word(1), word(2));
        let expected = facts.symbols.raw_allocator.map(|[first, second, third]| (first, second, third));
        if let (Some(used), Some(size), Some(address)) = (word(USED), word(SIZE), word(ADDRESS))
            && expected
                .is_some_and(|(first, second, third)| functions == (Some(first), Some(second), Some(third)))
            && used <= size
            && (size as u64) < ADDRESS_SPACE
        {
            let buffer = Buffer { address: address as u64, size: size as u64, kind: BufferKind::NUMPY };
            return Ok((address != 0 && size != 0).then_some(buffer));
        }
        Err(format!("texts of arrays of {TEXTS}: this version's layout is not the expected one; left out"))
    }

    /// Where references lie in an item of `dtype`.
    pub(crate) fn places(&self, facts: &Facts, dtype: Raw) -> Places {
        let mut places = Places::default();
        let Some(size) = self.item_size(dtype) else { return places };
        let mut unvisited = vec![(dtype, 0, 0)];
        while let Some((part, start, level)) = unvisited.pop() {
            match self.items(part) {
                _ if !self.holds_references(part) => {}
                Items::Objects if start + 8 <= size => places.offsets.push(start),
                Items::Records if level <= MAX_LEVELS => {
                    self.parts(facts, part, |part, offset| unvisited.push((part, start + offset, level + 1)));
                }
                Items::Plain(_) | Items::Texts => {}
                Items::Unknown => {
                    let name = cpython::c_name(cpython::type_of(part));
                    places.left_out = Some(format!(
                        "what arrays of {name} hold: only the code that made this dtype knows; left out"
                    ));
                }
                Items::Objects | Items::Records => places.left_out = Some(TOO_MUCH.to_owned()),
            }
            if places.offsets.len() + unvisited.len() > MAX_PLACES {
                return Places { offsets: Vec::new(), left_out: Some(TOO_MUCH.to_owned()) };
            }
        }
        // A field with a title is there under both of its names.
        places.offsets.sort_unstable();
        places.offsets.dedup();
        places
    }

    /// Calls `part` with the dtype and the offset of each field of a record, or each item of a subarray.
    fn parts(&self, facts: &Facts, dtype: Raw, mut part: impl FnMut(Raw, u64)) {
        // SAFETY: `subarray` is null or a struct that the dtype owns; its first word is a dtype.
        if let Some(subarray) = unsafe { Raw::new(dtype.field(self.layout.subarray)) } {
            let Some(item) = subarray.object(0).filter(|item| self.is_dtype(*item)) else { return };
            let (Some(size), Some(step)) = (self.item_size(dtype), self.item_size(item)) else { return };
            for index in 0..size.checked_div(step).unwrap_or(0).min(MAX_PLACES as u64 + 1) {
                part(item, index * step);
            }
            return;
        }
        let Some(fields) = dtype.object(self.layout.fields).filter(|it| cpython::is_exactly(*it, "dict"))
        else {
            return;
        };
        cpython::dict_items(fields, |_, field| {
            if !cpython::is_exactly(field, "tuple") {
                return;
            }
            let mut items = cpython::tuple_items(field);
            if let (Some(Some(dtype)), Some(Some(offset))) = (items.next(), items.next())
                && self.is_dtype(dtype)
                && cpython::is_exactly(offset, "int")
                && let Int::Small(offset) = cpython::int(facts, offset)
                && let Ok(offset @ 0..ADDRESS_SPACE) = u64::try_from(offset)
            {
                part(dtype, offset);
            }
        });
    }
}
