//! ctypes instances: the memory they own when it does not fit inside. `_b_base_` and `_objects` are members.

use super::{Buffer, BufferKind};
use crate::cpython::{self, Raw, SHIFT};

/// `tp_name` of the common base.
pub(crate) const DATA: &str = "_ctypes._CData";

// `CDataObject`, the same in 3.9 to 3.15:
// https://github.com/python/cpython/blob/3.12/Modules/_ctypes/ctypes.h
const POINTER: isize = SHIFT + 16;
const NEEDS_FREE: isize = SHIFT + 24;
const BASE: isize = SHIFT + 32;
const SIZE: isize = SHIFT + 40;
const OBJECTS: isize = SHIFT + 64;
const BASIC_SIZE: u64 = SHIFT as u64 + 96;

/// Whether the type has the struct's size and says that two members are where they are expected.
pub(crate) fn is_sound(data_type: Raw) -> bool {
    let members = cpython::members(data_type);
    let is_at = |name, offset| members.iter().any(|member| member.name == name && member.offset == offset);
    cpython::sizes(data_type).0 == BASIC_SIZE && is_at("_b_base_", BASE) && is_at("_objects", OBJECTS)
}

/// The memory that the instance will free; small values lie inside the instance and are part of its own size.
pub(crate) fn buffer(data: Raw) -> Option<Buffer> {
    let (address, size): (u64, u64) = (data.field(POINTER), data.field(SIZE));
    let is_owner = data.field::<i32>(NEEDS_FREE) != 0;
    let start = data.address() as u64;
    let is_inside = (start..start + BASIC_SIZE).contains(&address);
    let is_buffer = is_owner && !is_inside && address != 0 && (1..1 << 47).contains(&size);
    is_buffer.then_some(Buffer { address, size, kind: BufferKind::CTYPES })
}
