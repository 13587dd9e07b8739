//! Elements of `collections.deque`, in order.
//!
//! <https://github.com/python/cpython/blob/3.12/Modules/_collectionsmodule.c> (`struct dequeobject`), the same in 3.9
//! to 3.15.

use super::object::{SHIFT, var_size};
use super::raw::Raw;

const LEFT_BLOCK: isize = SHIFT + 24;
const LEFT_INDEX: isize = SHIFT + 40;
/// A block: link to the left, elements, link to the right.
const BLOCK_LENGTH: isize = 64;
const BLOCK_ITEMS: isize = 8;
const BLOCK_RIGHT: isize = BLOCK_ITEMS + BLOCK_LENGTH * 8;

/// Elements from the left. The self-test has compared the layout with a deque of known elements.
pub(crate) fn deque_items(deque: Raw) -> impl Iterator<Item = Option<Raw>> {
    let length = u64::try_from(var_size(deque)).unwrap_or(0);
    let mut block = deque.pointer(LEFT_BLOCK);
    let mut index = deque.read::<isize>(LEFT_INDEX);
    (0..length).map_while(move |_| {
        if index == BLOCK_LENGTH {
            block = block?.pointer(BLOCK_RIGHT);
            index = 0;
        }
        let item = block?.pointer(BLOCK_ITEMS + index * 8);
        index += 1;
        Some(item)
    })
}
