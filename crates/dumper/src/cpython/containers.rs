//! Elements of lists, tuples and dicts, in order and without touching their reference counts.

use pyo3::ffi;

use super::object::{SHIFT, var_size};
use super::raw::Raw;

/// Elements whose heads are fetched before they are needed.
const AHEAD: usize = 6;
/// In a list: the pointer to its elements.
const OB_ITEM: isize = SHIFT + 24;

/// Elements of a list; `None` where a slot is empty.
pub(crate) fn list_items(list: Raw) -> impl Iterator<Item = Option<Raw>> {
    let length = usize::try_from(var_size(list)).unwrap_or(0);
    let items: usize = list.read(OB_ITEM);
    // SAFETY: `ob_item` points at `ob_size` references, each null or alive.
    let item = move |index| unsafe { Raw::new(*(items as *const usize).add(index)) };
    (0..length).map(move |index| {
        if let Some(ahead) = (index + AHEAD < length).then(|| item(index + AHEAD)).flatten() {
            ahead.prefetch();
        }
        item(index)
    })
}

/// Where the elements of tuples begin: since 3.14 a cached hash comes before them.
pub(crate) fn tuple_start() -> isize {
    // SAFETY: a static type of the interpreter.
    let tuple_type = unsafe { Raw::new(&raw const ffi::PyTuple_Type as usize) };
    tuple_type.map_or(OB_ITEM, |tuple_type| super::sizes(tuple_type).0 as isize)
}

/// Elements of a tuple; `None` where a slot is still empty.
pub(crate) fn tuple_items(tuple: Raw) -> impl Iterator<Item = Option<Raw>> {
    let length = usize::try_from(var_size(tuple)).unwrap_or(0);
    let start = tuple_start();
    (0..length as isize).map(move |index| tuple.pointer(start + index * 8))
}

/// Calls `item` with each key and value of a dict or an instance of a subclass.
///
/// `PyDict_Next` gives borrowed references and allocates nothing, for combined and split tables alike:
/// <https://docs.python.org/3/c-api/dict.html#c.PyDict_Next>
pub(crate) fn dict_items(dict: Raw, mut item: impl FnMut(Raw, Raw)) {
    let mut position = 0;
    let mut key = std::ptr::null_mut();
    let mut value = std::ptr::null_mut();
    // SAFETY: the GIL is held and nothing changes the dict meanwhile; keys and values are alive.
    unsafe {
        while ffi::PyDict_Next(dict.as_ptr(), &raw mut position, &raw mut key, &raw mut value) != 0 {
            if let (Some(key), Some(value)) = (Raw::new(key as usize), Raw::new(value as usize)) {
                item(key, value);
            }
        }
    }
}

/// In a list: the slots that it has allocated; negative while it is being sorted.
const ALLOCATED: isize = SHIFT + 32;

/// Slots that a list has allocated.
pub(crate) fn list_capacity(list: Raw) -> u64 {
    u64::try_from(list.read::<i64>(ALLOCATED)).unwrap_or(0)
}

/// Whether `list.sort` has taken the elements away, to give them back when it is done.
pub(crate) fn is_being_sorted(list: Raw) -> bool {
    list.read::<i64>(ALLOCATED) < 0
}
