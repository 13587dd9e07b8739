//! pandas: names of fields that its compiled types declare no members for, and the shape of frames.

use super::numpy;
use crate::cpython::{self, Access, Facts, Raw, SHIFT, TypeFields};

/// Offsets are the same in pandas 1.5 to 3.1; each is believed only where the traversal reports what lies there.
pub const FIELDS: &[TypeFields] = &[
    (MANAGER, &[("blocks", BLOCKS, Access::Internal), ("axes", 32, Access::Internal)]),
    (
        BLOCK,
        &[
            ("placement", 24, Access::Internal),
            ("refs", 32, Access::Internal),
            ("values", VALUES, Access::Internal),
        ],
    ),
    (
        "pandas._libs.properties.CachedProperty",
        &[("func", 16, Access::Internal), ("name", 24, Access::Internal), ("__doc__", 32, Access::Internal)],
    ),
];

const MANAGER: &str = "pandas._libs.internals.BlockManager";
const BLOCK: &str = "pandas._libs.internals.Block";
/// Offsets as with the GIL, like those above.
const BLOCKS: isize = 24;
const VALUES: isize = 48;

/// Whether instances of the type called `name` are frames or series.
pub fn is_frame(name: &str) -> bool {
    matches!(
        name,
        "pandas.DataFrame" | "pandas.Series" | "pandas.core.frame.DataFrame" | "pandas.core.series.Series"
    )
}

/// `(1000, 20)`: rows and columns, or the length of a series. `None` where no block is a plain array.
pub fn describe(facts: &Facts, frame: Raw) -> Option<String> {
    let manager = cpython::attribute(facts, frame, "_mgr")?;
    // A series has a manager of its own, written in Python.
    let blocks = if is_a(facts, manager, MANAGER) {
        manager.object(SHIFT + BLOCKS)?
    } else {
        cpython::attribute(facts, manager, "blocks")?
    };
    if !cpython::is_exactly(blocks, "tuple") {
        return None;
    }
    let (mut n_rows, mut n_columns, mut is_series) = (None, 0, false);
    for block in cpython::tuple_items(blocks).flatten() {
        let values = is_a(facts, block, BLOCK).then(|| block.object(SHIFT + VALUES)).flatten()?;
        let is_array = cpython::is_exactly(values, numpy::ARRAY) && numpy::is_sound(cpython::type_of(values));
        match is_array.then(|| numpy::shape(values)).flatten().as_deref() {
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

/// Whether `object` is an instance of the extension's type `name`, and not of a class that somebody named so.
fn is_a(facts: &Facts, object: Raw, name: &str) -> bool {
    cpython::base_chain(cpython::type_of(object)).any(|base| {
        cpython::c_name(base) == name
            && !cpython::qualname(facts, base).is_some_and(|name| name.contains('.'))
            && cpython::sizes(base).0 >= (SHIFT + VALUES) as u64 + 8
    })
}
