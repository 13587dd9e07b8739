//! Nodes of the map behind `contextvars.Context`.
//!
//! <https://github.com/python/cpython/blob/3.12/Python/hamt.c>, the same in 3.9 to 3.15.

use super::object::SHIFT;
use super::raw::Raw;
use super::typeobject::{c_name, is_heap_type, is_impostor};
use super::{type_of, var_size};

/// What a node has in one place.
#[derive(Clone, Copy, Debug)]
pub(crate) enum HamtEntry {
    Variable { name: Raw, value: Raw },
    Node(Raw),
}

/// Whether instances of `type_object` are nodes.
pub(crate) fn is_hamt_node(type_object: Raw) -> bool {
    !is_heap_type(type_object)
        && !is_impostor(type_object)
        && matches!(c_name(type_object), "hamt_bitmap_node" | "hamt_array_node" | "hamt_collision_node")
}

/// Calls `entry` with each variable and each node below `node`.
pub(crate) fn hamt_entries(node: Raw, mut entry: impl FnMut(HamtEntry)) {
    const ARRAY: isize = SHIFT + 16;
    const ARRAY_LENGTH: isize = 32;
    const PAIRS: isize = SHIFT + 32;
    if c_name(type_of(node)) == "hamt_array_node" {
        let children = (0..ARRAY_LENGTH).filter_map(|index| node.pointer(ARRAY + index * 8));
        children.for_each(|child| entry(HamtEntry::Node(child)));
        return;
    }
    let n_words = isize::try_from(var_size(node)).unwrap_or(0);
    for pair in 0..n_words / 2 {
        let (name, value) = (node.pointer(PAIRS + pair * 16), node.pointer(PAIRS + pair * 16 + 8));
        match (name, value) {
            (Some(name), Some(value)) => entry(HamtEntry::Variable { name, value }),
            (None, Some(child)) => entry(HamtEntry::Node(child)),
            (_, None) => {}
        }
    }
}
