//! numpy dtypes: item sizes, what they hold, and where objects lie in an item.

use crate::cpython::{self, Facts, Int, Raw, SHIFT};

/// `tp_name` of the base of all dtypes.
pub const DTYPE: &str = "numpy.dtype";

const TYPE_NUMBER: isize = SHIFT + 28;
const OBJECT: i32 = 17;
const VOID: i32 = 20;
/// The flag of dtypes whose items hold references.
const HOLDS_REFERENCES: u8 = 1;
/// Records with more objects than this, or nested deeper, are not looked into.
const MOST_PLACES: usize = 4096;
const MOST_LEVELS: usize = 32;

/// Where numpy 1 and numpy 2 keep what they keep differently.
/// <https://github.com/numpy/numpy/blob/main/numpy/_core/include/numpy/ndarraytypes.h>
struct Layout {
    flags: isize,
    metadata: isize,
    subarray: isize,
    fields: isize,
    names: isize,
    /// Bytes of a dtype that may have fields.
    size: u64,
}

const NUMPY_1: Layout = Layout {
    flags: SHIFT + 27,
    metadata: SHIFT + 72,
    subarray: SHIFT + 40,
    fields: SHIFT + 48,
    names: SHIFT + 56,
    size: SHIFT as u64 + 96,
};
const NUMPY_2: Layout = Layout {
    flags: SHIFT + 32,
    metadata: SHIFT + 56,
    subarray: SHIFT + 88,
    fields: SHIFT + 96,
    names: SHIFT + 104,
    size: SHIFT as u64 + 112,
};
const ITEM_SIZE_1: isize = SHIFT + 32;
const ITEM_SIZE_2: isize = SHIFT + 40;

/// Sizes of `numpy.dtype` itself.
const BASIC_SIZE_1: u64 = SHIFT as u64 + 96;
const BASIC_SIZE_2: u64 = SHIFT as u64 + 88;

/// References of dtypes of this type, which is or derives from [`DTYPE`]: name, whether an expression gives it,
/// offset. Dtypes are not collectable.
pub fn fields(dtype_type: Raw) -> Vec<(&'static str, bool, isize)> {
    let base = cpython::base_chain(dtype_type).find(|base| cpython::c_name(*base) == DTYPE);
    let layout = match base.map(|base| cpython::sizes(base).0) {
        Some(BASIC_SIZE_1) => NUMPY_1,
        Some(BASIC_SIZE_2) => NUMPY_2,
        _ => return Vec::new(),
    };
    let mut fields = vec![("metadata", false, layout.metadata)];
    if cpython::sizes(dtype_type).0 >= layout.size {
        fields.extend([("fields", false, layout.fields), ("names", true, layout.names)]);
    }
    fields
}

/// Number of the builtin dtype.
pub fn number(dtype: Raw) -> i32 {
    dtype.field(TYPE_NUMBER)
}

/// Bytes per item.
pub fn item_size(dtype: Raw) -> Option<u64> {
    let size =
        if is_numpy_1(dtype) { i64::from(dtype.field::<i32>(ITEM_SIZE_1)) } else { dtype.field(ITEM_SIZE_2) };
    u64::try_from(size).ok()
}

/// Whether items are objects, or records with objects in them.
pub fn has_objects(dtype: Raw) -> bool {
    matches!(number(dtype), OBJECT | VOID) && dtype.field::<u8>(layout(dtype).flags) & HOLDS_REFERENCES != 0
}

/// Offsets of the references in an item, ascending; none when there are too many to look into.
pub fn object_places(facts: &Facts, dtype: Raw) -> Vec<u64> {
    let mut places = Vec::new();
    let mut unvisited = vec![(dtype, 0, 0)];
    while let Some((dtype, start, level)) = unvisited.pop() {
        if !has_objects(dtype) {
            continue;
        }
        if number(dtype) == OBJECT {
            places.push(start);
        } else {
            parts(facts, dtype, |part, offset| unvisited.push((part, start + offset, level + 1)));
        }
        if places.len() + unvisited.len() > MOST_PLACES || level > MOST_LEVELS {
            return Vec::new();
        }
    }
    // A field with a title is there under both of its names.
    places.sort_unstable();
    places.dedup();
    places
}

/// Calls `part` with the dtype and the offset of each field of a record, or each item of a subarray.
fn parts(facts: &Facts, dtype: Raw, mut part: impl FnMut(Raw, u64)) {
    let layout = layout(dtype);
    // SAFETY: `subarray` is null or a struct that the dtype owns; its first word is a dtype.
    if let Some(subarray) = unsafe { Raw::new(dtype.field(layout.subarray)) } {
        let (Some(item), Some(size)) = (subarray.object(0), item_size(dtype)) else { return };
        let Some(step) = item_size(item).filter(|step| *step > 0) else { return };
        for index in 0..(size / step).min(MOST_PLACES as u64 + 1) {
            part(item, index * step);
        }
        return;
    }
    let Some(fields) = dtype.object(layout.fields).filter(|fields| cpython::is_exactly(*fields, "dict"))
    else {
        return;
    };
    cpython::dict_items(fields, |_, field| {
        if !cpython::is_exactly(field, "tuple") {
            return;
        }
        let mut items = cpython::tuple_items(field);
        if let (Some(Some(dtype)), Some(Some(offset))) = (items.next(), items.next())
            && let Int::Small(offset) = cpython::int(facts, offset)
        {
            part(dtype, offset as u64);
        }
    });
}

fn layout(dtype: Raw) -> Layout {
    if is_numpy_1(dtype) { NUMPY_1 } else { NUMPY_2 }
}

/// numpy 1 keeps the alignment, never 0, where numpy 2 has the upper half of its flags, of which none is used.
fn is_numpy_1(dtype: Raw) -> bool {
    dtype.field::<u32>(ITEM_SIZE_1 + 4) != 0
}
