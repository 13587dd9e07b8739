//! The only place with struct offsets and version checks: what the rest may ask of CPython's objects.
//!
//! Layouts are data chosen at run time, so that one library serves every version with the GIL. A self-test on
//! known objects switches off each group that disagrees; the snapshot then carries a warning.
//!
//! | fact | 3.9 | 3.10 | 3.11 | 3.12 | 3.13 |
//! | --- | --- | --- | --- | --- | --- |
//! | tracked objects | the collector's lists | same | same | `PyUnstable_GC_VisitObjects` | same |
//! | attributes without `__dict__` | none | none | word -4 | tagged word -3 | behind the basic size |
//! | frames | objects | objects | `_PyInterpreterFrame` | same, moved | same |
//! | `str` | with `wchar_t` copy | same | same | without | without |
//! | `int` | signed size | same | same | tag word | same |
//! | immortal | never | never | count 999999999 | sign bit | sign bit |

mod containers;
mod fields;
mod frame;
mod gc_list;
mod instance;
mod layout;
mod numbers;
mod object;
mod raw;
mod self_test;
mod sizeof;
mod strings;
mod symbols;
mod threads;
mod typeobject;

use pyo3::prelude::*;

pub use containers::{dict_items, list_capacity, list_items, tuple_items};
pub use fields::{Access, Named};
pub use frame::{
    ThreadFrame, describe, fields as frame_fields, frame_of_object, generator_frame, locals, thread_frames,
};
pub use gc_list::{Enumeration, held, tracked_objects};
pub use instance::{DictPlace, dict, dict_place, inline_attributes, key_names};
pub use layout::{Layout, Version};
pub use numbers::{Int, float, int, int_size};
pub use object::{GC_HEADER, Traverse, is_tracked, refcount, traverse, type_of, var_size};
pub use raw::Raw;
pub use sizeof::{SizeFunction, call as call_sizeof, native_sizeof};
pub use strings::{Clip, clip, clip_bytes, equals, is_private, size as str_size, text};
pub use symbols::Symbols;
pub use threads::{Thread, threads};
pub use typeobject::{
    Flags, base_chain, c_name, cached_keys, dict as type_dict, flags, is_exactly, is_gc, is_heap_type,
    members, module as type_module, own_fields, qualname, sizes, traverse_function,
};

/// What is known of this interpreter, and which layout groups passed the self-test.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "layout groups, each on or off by itself")]
pub struct Facts {
    pub layout: Layout,
    pub symbols: Symbols,
    pub enumeration: Enumeration,
    pub strings: bool,
    pub ints: bool,
    pub heap_types: bool,
    pub instances: bool,
    pub frames: bool,
    /// Named fields of builtin types, by `tp_name`.
    pub fields: Vec<(&'static str, &'static [Named])>,
    /// What is switched off, one sentence each.
    pub warnings: Vec<String>,
}

impl Facts {
    /// Chooses the layouts for the running interpreter and tests them on objects made for that purpose.
    /// Runs a few lines of Python of our own: meant for import time, never for the walk.
    pub fn detect(py: Python<'_>) -> PyResult<Self> {
        let info = py.version_info();
        let version = Version(u32::from(info.major) * 100 + u32::from(info.minor));
        let mut facts = Self::untested(version);
        self_test::run(py, &mut facts)?;
        Ok(facts)
    }

    fn untested(version: Version) -> Self {
        let symbols = Symbols::load();
        let mut warnings = Vec::new();
        let known = Layout::of(version);
        let is_known = known.is_some();
        if !is_known {
            warnings.push(format!(
                "CPython {}.{} is not known to this heapview: names of many references are missing; update heapview",
                version.0 / 100,
                version.0 % 100
            ));
        }
        let layout = known.unwrap_or_else(Layout::newest);
        let enumeration = match (symbols.visit_objects, layout.gc_lists) {
            (Some(_), _) => Enumeration::VisitObjects,
            (None, Some(lists)) if is_known && gc_list::lists_are_sound(lists) => Enumeration::Lists,
            _ => {
                warnings.push(
                    "the collector's lists were not found: only what is reachable from the roots is here"
                        .into(),
                );
                Enumeration::RootsOnly
            }
        };
        Self {
            symbols,
            enumeration,
            strings: true,
            ints: true,
            heap_types: is_known,
            instances: is_known,
            frames: is_known,
            fields: if is_known { layout.fields.to_vec() } else { Vec::new() },
            layout,
            warnings,
        }
    }
}
