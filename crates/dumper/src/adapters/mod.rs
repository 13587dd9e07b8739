//! What single libraries keep where `tp_traverse` does not look.
//!
//! An adapter may add references and buffers that an object owns; it never removes any. It matches by the name of
//! types that are already loaded: dumping imports nothing. Those in this room read raw memory while the world is
//! stopped; libraries that must be asked by calls are asked before that, by `ask`.

pub mod arrow;
pub mod asked;
pub mod ctypes;
pub mod dtype;
pub mod greenlet;
pub mod lxml;
pub mod mmap;
pub mod numpy;
pub mod pandas;

use crate::cpython::{self, Facts, Raw};
use crate::type_facts::Extra;

/// Memory that an object owns besides its own block.
#[derive(Clone, Copy, Debug)]
pub struct Buffer {
    pub address: u64,
    pub size: u64,
    pub kind: BufferKind,
}

/// What is shown as the type of a buffer: a position among [`BUFFER_NAMES`], or behind them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BufferKind(pub u32);

impl BufferKind {
    pub const NUMPY: Self = Self(0);
    pub const MMAP: Self = Self(1);
    pub const CTYPES: Self = Self(2);
    pub const SQLITE: Self = Self(3);
    pub const LXML: Self = Self(4);
}

/// Names of the kinds that need no adapter in Python.
pub const BUFFER_NAMES: [&str; 5] = ["numpy data", "mmap", "ctypes memory", "sqlite memory", "lxml tree"];

/// The adapter for instances of `type_object`; an error says which layout is not the expected one.
pub fn adapter(facts: &Facts, type_object: Raw) -> Result<Option<Extra>, &'static str> {
    for base in cpython::base_chain(type_object) {
        // A class may be called `numpy.ndarray`; an extension's type has its module apart from its name.
        if cpython::qualname(facts, base).is_some_and(|name| name.contains('.')) {
            continue;
        }
        let (extra, is_sound) = match cpython::c_name(base) {
            numpy::ARRAY => (Extra::Array, numpy::is_sound(type_object)),
            mmap::MMAP => (Extra::Mmap, mmap::is_sound(base)),
            // Each tree is looked for and tested anew.
            lxml::DOCUMENT => (Extra::Document, true),
            greenlet::GREENLET => (Extra::Greenlet, greenlet::is_sound(base)),
            ctypes::DATA => (Extra::Ctypes, ctypes::is_sound(base)),
            _ => continue,
        };
        return if is_sound { Ok(Some(extra)) } else { Err(cpython::c_name(base)) };
    }
    Ok(None)
}
