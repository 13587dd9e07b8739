//! pandas: names of fields that its compiled types declare no members for, and the shape of frames.

use super::numpy::shape;
use super::numpy_library::Numpy;
use crate::cpython::{self, Access, Facts, Raw, SHIFT, TypeFields};

/// As in pandas 1.5 to 3.1; each is believed only where the traversal reports what lies there.
pub(crate) const FIELDS: &[TypeFields] = &[
    (MANAGER, &[("blocks", BLOCKS, Access::ReportedSlot), ("axes", 32, Access::ReportedSlot)]),
    (BLOCK, BLOCK_FIELDS),
    (ARRAY_BLOCK, BLOCK_FIELDS),
    (EXTENSION_BLOCK, BLOCK_FIELDS),
    (
        "pandas._libs.properties.CachedProperty",
        &[("func", 16, Access::Internal), ("name", 24, Access::Internal), ("__doc__", 32, Access::Internal)],
    ),
];

const MANAGER: &str = "pandas._libs.internals.BlockManager";
const BLOCK: &str = "pandas._libs.internals.Block";
/// Blocks of plain arrays, and of dates with a time zone and the like: types of their own before pandas 2.2.
const ARRAY_BLOCK: &str = "pandas._libs.internals.NumpyBlock";
const EXTENSION_BLOCK: &str = "pandas._libs.internals.NDArrayBackedBlock";
/// Offsets as with the GIL, like those above.
const BLOCKS: isize = 24;
const VALUES: isize = 48;
/// Before pandas 2.0, whose blocks have no `refs`.
const VALUES_WITHOUT_REFS: isize = 40;
const BLOCK_FIELDS: &[(&str, isize, Access)] = &[
    ("placement", 24, Access::Internal),
    ("refs", 32, Access::Internal),
    ("values", VALUES_WITHOUT_REFS, Access::ReportedSlot),
    ("values", VALUES, Access::ReportedSlot),
];

/// Whether instances of the type called `name` are frames or series.
pub(crate) fn is_frame(name: &str) -> bool {
    matches!(
        name,
        "pandas.DataFrame" | "pandas.Series" | "pandas.core.frame.DataFrame" | "pandas.core.series.Series"
    )
}

/// `(1000, 20)`: rows and columns, or the length of a series. `None` where no block is a plain array.
pub(crate) fn describe(facts: &Facts, numpy: &Numpy, frame: Raw) -> Option<String> {
    let manager = cpython::attribute(facts, frame, "_mgr")?;
    // A series has a manager of its own, written in Python.
    let blocks = if size_as(facts, manager, MANAGER).is_some_and(|size| size >= end(BLOCKS)) {
        manager.object(SHIFT + BLOCKS)?
    } else {
        cpython::attribute(facts, manager, "blocks")?
    };
    if !cpython::is_exactly(blocks, "tuple") {
        return None;
    }
    let (mut n_rows, mut n_columns, mut is_series) = (None, 0, false);
    for block in cpython::tuple_items(blocks).flatten() {
        let values = block.object(SHIFT + place_of_values(facts, block)?)?;
        let is_array = cpython::type_of(values) == numpy.array_type;
        match is_array.then(|| shape(values)).flatten().as_deref() {
            Some([columns, rows]) => {
                n_columns += columns;
                n_rows = Some(*rows);
            }
            Some([rows]) => {
                is_series = true;
                n_rows = Some(*rows);
            }
            _ => n_columns += 1,
        }
    }
    let n_rows = n_rows?;
    Some(if is_series { format!("({n_rows},)") } else { format!("({n_rows}, {n_columns})") })
}

/// Where a block's `values` lie: they are the last field in each version, and `refs` came before them.
fn place_of_values(facts: &Facts, block: Raw) -> Option<isize> {
    let size = [BLOCK, ARRAY_BLOCK, EXTENSION_BLOCK].iter().find_map(|name| size_as(facts, block, name))?;
    if size >= end(VALUES) {
        Some(VALUES)
    } else {
        (size == end(VALUES_WITHOUT_REFS)).then_some(VALUES_WITHOUT_REFS)
    }
}

/// Bytes up to the end of the field at `offset`.
fn end(offset: isize) -> u64 {
    (SHIFT + offset) as u64 + 8
}

/// Bytes of an instance of the extension's type `name`, if `object` is one, and not of a class that somebody named so.
fn size_as(facts: &Facts, object: Raw, name: &str) -> Option<u64> {
    cpython::base_chain(cpython::type_of(object))
        .find(|base| cpython::c_name(*base) == name && cpython::is_named_by_extension(facts, *base))
        .map(|base| cpython::sizes(base).0)
}
