//! Objects whose address C code may have: that keeps nothing alive.

use heapview_snapshot::{ObjectIx, TypeIx};
use rustc_hash::FxHashMap;
use std::cell::RefCell;

use super::ownership::Ownership;
use crate::heap::Heap;

/// Names by which code takes addresses of memory.
const ADDRESSES: [&str; 6] =
    ["addressof", "data_as", "from_buffer", "__array_interface__", "data_ptr", "buffer_info"];
/// Memory that has an address for others.
const BUFFERS: [&str; 7] =
    ["bytes", "bytearray", "memoryview", "array.array", "mmap.mmap", "numpy.ndarray", "torch.Tensor"];
/// Items of a tuple that are looked at.
const MAX_ITEMS: usize = 8;

pub(super) struct Pointers<'a> {
    heap: &'a Heap,
    /// Code of the user's takes addresses of memory.
    are_taken: bool,
    /// Whether C code may have addresses of a type's instances.
    known: RefCell<FxHashMap<TypeIx, bool>>,
}

impl<'a> Pointers<'a> {
    pub(super) fn new(heap: &'a Heap, ownership: &Ownership<'_>) -> Self {
        // `array.ctypes` is an address, the module `ctypes` is none.
        let are_taken =
            ADDRESSES.iter().any(|name| ownership.is_mentioned(name)) || ownership.reads_attribute("ctypes");
        Self { heap, are_taken, known: RefCell::default() }
    }

    /// Of an object of `ctypes` or `cffi`, of memory of which the user's code takes addresses, and of a tuple or list
    /// with such an item.
    pub(super) fn may_lead_to(&self, object: ObjectIx) -> bool {
        let is_of_several = ["tuple", "list"].contains(&self.heap.type_name(object));
        let items = self.heap.strong_references(object).take(if is_of_several { MAX_ITEMS } else { 0 });
        self.is_known(object) || items.into_iter().any(|item| self.is_known(item.to))
    }

    fn is_known(&self, object: ObjectIx) -> bool {
        let heap = self.heap;
        let of_type = || {
            let name = heap.type_name(object);
            name.starts_with("_cffi_backend.")
                || (self.are_taken && BUFFERS.contains(&name))
                || heap.class_attribute(object, "__ctypes_from_outparam__").flatten().is_some()
        };
        *self.known.borrow_mut().entry(heap.snapshot().type_ix(object)).or_insert_with(of_type)
    }
}
