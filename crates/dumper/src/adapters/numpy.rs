//! numpy arrays: `base`, `dtype`, the objects among their elements, and the data.

use super::numpy_library::{Items, Numpy};
use super::{Buffer, BufferKind};
use crate::cpython::{self, Facts, Raw, SHIFT};

/// `tp_name` of the array type.
pub(crate) const ARRAY: &str = "numpy.ndarray";

// Fields of PyArrayObject_fields, the same in numpy 1.26, 2.0 and 2.5:
// https://github.com/numpy/numpy/blob/main/numpy/_core/include/numpy/ndarraytypes.h
const DATA: isize = SHIFT + 16;
const N_DIMENSIONS: isize = SHIFT + 24;
const DIMENSIONS: isize = SHIFT + 32;
const BASE: isize = SHIFT + 48;
const DTYPE: isize = SHIFT + 56;
const FLAGS: isize = SHIFT + 64;
const OWNS_DATA: u32 = 4;
const MAX_DIMENSIONS: usize = 64;

/// What `tracemalloc` knows the data of arrays under, since numpy 1.13:
/// <https://numpy.org/doc/stable/reference/c-api/data_memory.html>
pub(crate) const TRACE_DOMAIN: u32 = 389_047;

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
pub(crate) const FIELDS: [(&str, isize); 2] = [("base", BASE), ("dtype", DTYPE)];

/// Whether arrays of this type are at least as large as the fields read here.
pub(crate) fn is_sound(array_type: Raw) -> bool {
    cpython::sizes(array_type).0 >= SHIFT as u64 + 72
}

impl Numpy {
    /// The data of an array that owns it; a view's belongs to its base.
    pub(crate) fn data(&self, array: Raw) -> Option<Buffer> {
        let flags: u32 = array.field(FLAGS);
        let address: u64 = array.field(DATA);
        if flags & OWNS_DATA == 0 || address == 0 {
            return None;
        }
        let n_items = shape(array)?.iter().try_fold(1u64, |product, length| product.checked_mul(*length))?;
        // numpy allocates at least one item.
        let size = n_items.max(1).checked_mul(self.item_size(self.dtype_of(array)?)?)?;
        Some(Buffer { address, size: size.max(1), kind: BufferKind::NUMPY })
    }

    /// Calls `element` with the flat index and the object of each element, or part of one, of an array of objects or of
    /// records with objects in them, if it owns its data. Returns a sentence if there is more than it can tell.
    pub(crate) fn elements(
        &self,
        facts: &Facts,
        array: Raw,
        mut element: impl FnMut(u32, Raw),
    ) -> Option<String> {
        let dtype = self.dtype_of(array).filter(|dtype| self.holds_references(*dtype))?;
        let (buffer, item_size) = (self.data(array)?, self.item_size(dtype)?);
        let n_items = shape(array)?.iter().product::<u64>();
        let places = self.places(facts, dtype);
        // SAFETY: the array owns `n_items` items, which lie one after another in memory that it owns, whatever the
        // order of its strides; in each, references lie where its dtype says.
        let data = unsafe { Raw::new(buffer.address as usize) }?;
        for index in 0..n_items {
            for offset in &places.offsets {
                if let Some(object) = data.object((index * item_size + offset) as isize) {
                    element(u32::try_from(index).unwrap_or(u32::MAX), object);
                }
            }
        }
        places.left_out
    }

    /// `float64 (1000, 20)`.
    pub(crate) fn describe(&self, array: Raw) -> Option<String> {
        let dtype = self.dtype_of(array)?;
        let name = match self.items(dtype) {
            Items::Objects => "object",
            Items::Records => "void",
            Items::Plain(number) => DTYPES.get(number).copied().unwrap_or("?"),
            // A class that an extension made.
            Items::Texts | Items::Unknown => {
                let name = cpython::c_name(cpython::type_of(dtype));
                name.rsplit_once('.').map_or(name, |(_, name)| name)
            }
        };
        let shape: Vec<String> = shape(array)?.iter().map(u64::to_string).collect();
        let shape =
            if shape.len() == 1 { format!("({},)", shape[0]) } else { format!("({})", shape.join(", ")) };
        Some(format!("{name} {shape}"))
    }

    fn dtype_of(&self, array: Raw) -> Option<Raw> {
        array.object(DTYPE).filter(|dtype| self.is_dtype(*dtype))
    }
}

/// Bytes of the dimensions and strides, which an array allocates apart.
pub(crate) fn shape_size(array: Raw) -> u64 {
    shape(array).map_or(0, |shape| shape.len() as u64 * 16)
}

pub(crate) fn shape(array: Raw) -> Option<Vec<u64>> {
    let n_dimensions =
        usize::try_from(array.field::<i32>(N_DIMENSIONS)).ok().filter(|n| *n <= MAX_DIMENSIONS)?;
    if n_dimensions == 0 {
        return Some(Vec::new());
    }
    // SAFETY: arrays of one dimension or more own their dimensions and strides.
    let dimensions = unsafe { Raw::new(array.field(DIMENSIONS)) }?;
    (0..n_dimensions as isize).map(|axis| u64::try_from(dimensions.field::<i64>(axis * 8)).ok()).collect()
}
