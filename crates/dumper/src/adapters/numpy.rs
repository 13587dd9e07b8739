//! numpy arrays: `base`, `dtype`, the elements of object arrays, and the data.

use crate::cpython::{self, Raw};

/// `tp_name` of the array type.
pub const ARRAY: &str = "numpy.ndarray";

// Fields of PyArrayObject_fields, the same in numpy 1.26, 2.0 and 2.5:
// https://github.com/numpy/numpy/blob/main/numpy/_core/include/numpy/ndarraytypes.h
const DATA: isize = 16;
const N_DIMENSIONS: isize = 24;
const DIMENSIONS: isize = 32;
const BASE: isize = 48;
const DTYPE: isize = 56;
const FLAGS: isize = 64;
const OWNS_DATA: u32 = 4;
/// In the dtype: `type_num`, then the item size, an `int` in numpy 1 and a `Py_ssize_t` elsewhere in numpy 2.
const TYPE_NUMBER: isize = 28;
const ITEM_SIZE_1: isize = 32;
const ITEM_SIZE_2: isize = 40;
const MOST_DIMENSIONS: usize = 64;
const OBJECT: i32 = 17;

const DTYPES: [&str; 24] = [
    "bool",
    "int8",
    "uint8",
    "int16",
    "uint16",
    "int32",
    "uint32",
    "int64",
    "uint64",
    "longlong",
    "ulonglong",
    "float32",
    "float64",
    "longdouble",
    "complex64",
    "complex128",
    "clongdouble",
    "object",
    "bytes",
    "str",
    "void",
    "datetime64",
    "timedelta64",
    "float16",
];

/// References that `tp_traverse` does not show: arrays are not collectable.
pub const FIELDS: [(&str, isize); 2] = [("base", BASE), ("dtype", DTYPE)];

/// Memory that an array owns besides its own block.
#[derive(Clone, Copy, Debug)]
pub struct Buffer {
    pub address: usize,
    pub size: u64,
}

/// Whether arrays of this type are at least as large as the fields read here.
pub fn is_sound(array_type: Raw) -> bool {
    cpython::sizes(array_type).0 >= 72
}

/// The data of an array that owns it; a view's belongs to its base.
pub fn buffer(array: Raw) -> Option<Buffer> {
    let flags: u32 = array.field(FLAGS);
    let address: usize = array.field(DATA);
    if flags & OWNS_DATA == 0 || address == 0 {
        return None;
    }
    let n_items = shape(array)?.iter().try_fold(1u64, |product, length| product.checked_mul(*length))?;
    // numpy allocates at least one item.
    let size = n_items.max(1).checked_mul(item_size(array)?)?;
    Some(Buffer { address, size: size.max(1) })
}

/// Calls `element` with the flat index and the object of each element of an object array that owns its data.
pub fn elements(array: Raw, mut element: impl FnMut(u32, Raw)) {
    let is_object = array.object(DTYPE).is_some_and(|dtype| dtype.field::<i32>(TYPE_NUMBER) == OBJECT);
    let (true, Some(buffer)) = (is_object, buffer(array)) else { return };
    let n_items = shape(array).map_or(0, |shape| shape.iter().product::<u64>());
    // SAFETY: the array owns `n_items` references, which lie one after another in memory that it owns, whatever
    // the order of its strides.
    let Some(data) = (unsafe { Raw::new(buffer.address) }) else { return };
    for index in 0..n_items {
        if let Some(object) = data.object(index as isize * 8) {
            element(u32::try_from(index).unwrap_or(u32::MAX), object);
        }
    }
}

/// `float64 (1000, 20)`.
pub fn describe(array: Raw) -> Option<String> {
    let number = array.object(DTYPE)?.field::<i32>(TYPE_NUMBER);
    let dtype = usize::try_from(number).ok().and_then(|number| DTYPES.get(number)).copied();
    let shape: Vec<String> = shape(array)?.iter().map(u64::to_string).collect();
    let shape = if shape.len() == 1 { format!("({},)", shape[0]) } else { format!("({})", shape.join(", ")) };
    Some(format!("{} {shape}", dtype.unwrap_or("?")))
}

/// Bytes of the dimensions and strides, which an array allocates apart.
pub fn shape_size(array: Raw) -> u64 {
    shape(array).map_or(0, |shape| shape.len() as u64 * 16)
}

fn shape(array: Raw) -> Option<Vec<u64>> {
    let n_dimensions =
        usize::try_from(array.field::<i32>(N_DIMENSIONS)).ok().filter(|n| *n <= MOST_DIMENSIONS)?;
    if n_dimensions == 0 {
        return Some(Vec::new());
    }
    // SAFETY: arrays of one dimension or more own their dimensions and strides.
    let dimensions = unsafe { Raw::new(array.field(DIMENSIONS)) }?;
    (0..n_dimensions as isize).map(|axis| u64::try_from(dimensions.field::<i64>(axis * 8)).ok()).collect()
}

/// Bytes per item.
fn item_size(array: Raw) -> Option<u64> {
    let dtype = array.object(DTYPE)?;
    // numpy 1 keeps the alignment, never 0, where numpy 2 has the upper half of its flags, of which none is used.
    let is_numpy_1 = dtype.field::<u32>(ITEM_SIZE_1 + 4) != 0;
    let size = if is_numpy_1 { i64::from(dtype.field::<i32>(ITEM_SIZE_1)) } else { dtype.field(ITEM_SIZE_2) };
    u64::try_from(size).ok()
}
