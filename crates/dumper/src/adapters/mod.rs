//! What single libraries keep where `tp_traverse` does not look.
//!
//! An adapter may add references and buffers that an object owns; it never removes any. It is for types that
//! are already loaded, dumping imports nothing, and only for those that are proven to be what their name says. Those in
//! this room read raw memory while the world is stopped; libraries that must be asked by calls are asked before that,
//! by `ask`.

pub(crate) mod arrow;
pub(crate) mod asked;
pub(crate) mod ctypes;
pub(crate) mod cython;
pub(crate) mod dtype;
pub(crate) mod greenlet;
pub(crate) mod lxml;
pub(crate) mod mmap;
pub(crate) mod numpy;
pub(crate) mod numpy_library;
pub(crate) mod pandas;

use std::rc::Rc;

use self::numpy_library::Numpy;
use crate::cpython::{self, Facts, Raw};
use crate::type_facts::Extra;

/// Memory that an object owns besides its own block.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Buffer {
    pub address: u64,
    pub size: u64,
    pub kind: BufferKind,
}

/// What is shown as the type of a buffer: a position among [`BUFFER_NAMES`], or behind them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct BufferKind(pub u32);

impl BufferKind {
    pub(crate) const NUMPY: Self = Self(0);
    pub(crate) const MMAP: Self = Self(1);
    pub(crate) const CTYPES: Self = Self(2);
    pub(crate) const SQLITE: Self = Self(3);
    pub(crate) const LXML: Self = Self(4);
}

/// Names of the kinds that need no adapter in Python.
pub(crate) const BUFFER_NAMES: [&str; 5] =
    ["numpy data", "mmap", "ctypes memory", "sqlite memory", "lxml tree"];

/// The loaded libraries whose types are known by more than their names.
#[derive(Clone, Default, Debug)]
pub(crate) struct Libraries {
    pub numpy: Option<Rc<Numpy>>,
}

impl Libraries {
    /// What is loaded now. Runs no Python code. O(modules).
    pub(crate) fn loaded(facts: &Facts) -> Self {
        let numpy = cpython::stopped(facts, || Numpy::loaded(facts)).flatten();
        Self { numpy: numpy.map(Rc::new) }
    }

    /// The adapter for instances of `type_object`; an error says what is left out.
    ///
    /// A name alone is no proof: classes can be called anything, and so can types of other extensions.
    pub(crate) fn adapter(&self, facts: &Facts, type_object: Raw) -> Result<Option<Extra>, String> {
        for base in cpython::base_chain(type_object) {
            if let Some(numpy) = &self.numpy {
                if base == numpy.array_type {
                    return Ok(Some(Extra::Array));
                }
                if numpy.text_type == Some(base) {
                    return Ok(Some(Extra::Texts));
                }
                if base == numpy.dtype_type {
                    return Ok(Some(Extra::Dtype));
                }
            }
            let name = cpython::c_name(base);
            let (whose, extra, is_sound) = match name {
                numpy::ARRAY | dtype::DTYPE => ("numpy", Extra::None, false),
                mmap::MMAP => (name, Extra::Mmap, mmap::is_sound(base)),
                // Each tree is looked for and tested anew.
                lxml::DOCUMENT => (name, Extra::Document, true),
                greenlet::GREENLET => (name, Extra::Greenlet, greenlet::is_sound(base)),
                ctypes::DATA => (name, Extra::Ctypes, ctypes::is_sound(base)),
                _ => continue,
            };
            if cpython::is_named_by_extension(facts, base) {
                let error =
                    || format!("memory of {whose}: this version's layout is not the expected one; left out");
                return if is_sound { Ok(Some(extra)) } else { Err(error()) };
            }
        }
        Ok(None)
    }
}
