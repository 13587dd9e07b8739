//! The only place with struct offsets and version checks: what the rest may ask of CPython's objects.
//!
//! Layouts are data chosen at run time, so that one library serves every version with the GIL; free-threaded builds
//! take a library of their own, made from the same code. A self-test on known objects switches off each group that disagrees; the snapshot then carries a warning.
//!
//! | fact | 3.9 | 3.10 | 3.11 | 3.12 | 3.13 | 3.14, 3.15 |
//! | --- | --- | --- | --- | --- | --- | --- |
//! | attributes without `__dict__` | none | none | word -4 | tagged word -3 | behind the basic size | same |
//! | frames | objects | objects | `_PyInterpreterFrame` | same, moved | same | tagged references |
//! | `str` | with `wchar_t` copy | same | same | without | same | same |
//! | `int` | signed size | same | same | tag word | same | same |
//! | reference count | 64 bits | same | same | same | same | 32 bits |
//! | immortal | never | never | count 999999999 | sign bit | same | same |

mod allocators;
mod child_allocators;
mod collector;
mod containers;
mod deque;
mod fields;
mod frame;
mod gc_list;
mod getters;
mod hamt;
mod image;
mod instance;
mod interned;
mod interpreter;
mod interpreters;
mod layout;
#[cfg(target_arch = "x86_64")]
mod loads;
mod lru_cache;
mod monitoring;
mod numbers;
mod object;
mod opcodes;
mod raw;
mod self_test;
mod sizeof;
mod strings;
mod suspended;
mod symbols;
mod threads;
mod tracemalloc;
mod typeobject;
mod versions;
mod world;

use std::collections::HashSet;

use pyo3::prelude::*;

pub(crate) use allocators::{malloc_sizes, pymalloc_sizes};
pub(crate) use child_allocators::leave_malloc;
pub(crate) use collector::{collector, pause_collector};
pub(crate) use containers::{
    dict_items, is_being_sorted, list_capacity, list_items, tuple_items, tuple_start,
};
pub(crate) use deque::deque_items;
pub(crate) use fields::{Access, TypeFields};
pub(crate) use frame::{
    FRAME_OBJECT, Slot, ThreadFrame, code_place, current_line, describe, fields as frame_fields, file,
    frame_of_object, function_name, generator_frame, locals, place, stack, thread_frames,
};
pub(crate) use gc_list::{Enumeration, FROZEN, held, tracked_objects, tracked_objects_of};
pub(crate) use getters::getter_fields;
pub(crate) use hamt::{HamtEntry, hamt_entries, is_hamt_node};
pub(crate) use instance::{
    DictPlace, MODULE_DICT, attribute, dict, dict_place, inline_attributes, key_names, values_size,
};
pub(crate) use interned::interned_strings;
pub(crate) use interpreter::{audit_hooks, exit_handlers, garbage, held_by_interpreter, modules};
pub(crate) use interpreters::{Interpreter, Others, other_interpreters};
use layout::is_debug_build;
pub(crate) use layout::{Layout, Version};
pub(crate) use lru_cache::{LINK_KEY, LINK_RESULT, lru_links};
pub(crate) use monitoring::{Monitoring, callbacks};
pub(crate) use numbers::{Int, float, int, int_size};
pub(crate) use object::{
    FREE_THREADED, GC_HEADER, HEAD, SHIFT, Traverse, is_deferred, is_frozen, is_tracked, refcount, traverse,
    type_of, var_size,
};
pub(crate) use opcodes::{
    Instruction, Opcodes, closure_names, code_bytes, code_file_and_name, code_names,
    position as position_in_code,
};
pub(crate) use raw::Raw;
pub(crate) use sizeof::{SizeFunction, call as call_sizeof, native_sizeof};
pub(crate) use strings::{
    BYTES_CONTENT, Clip, clip, clip_bytes, content, equals, is_identifier, is_private, size as str_size, text,
};
pub(crate) use suspended::{SuspendedFrames, suspended_frames};
pub(crate) use symbols::Symbols;
pub(crate) use threads::{Thread, held_by_thread, thread_local_key, threads, threads_of, trace_hooks};
pub(crate) use tracemalloc::{PYTHON_DOMAIN, hide_frames, is_tracing, traceback};
pub(crate) use typeobject::{
    Flags, base_chain, c_name, cached_keys, dealloc_function, dict as type_dict, flags, get, getter,
    is_callable, is_dict, is_exactly, is_foreign, is_gc, is_heap_type, is_impostor, is_named_by_extension,
    is_plain_class, is_str, members, module as type_module, mro, own_fields, qualname, sizes,
    traverse_function,
};
pub(crate) use world::{in_one_stop, stopped};

/// What is known of this interpreter, and which layout groups passed the self-test.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "layout groups, each on or off by itself")]
pub(crate) struct Facts {
    pub layout: Layout,
    pub symbols: Symbols,
    pub enumeration: Enumeration,
    pub strings: bool,
    pub ints: bool,
    pub heap_types: bool,
    pub instances: bool,
    pub frames: bool,
    pub interpreter: bool,
    pub atexit: bool,
    pub audit_hooks: bool,
    /// What leads to other interpreters.
    pub others: bool,
    /// Functions of `sys.settrace` and `sys.setprofile`.
    pub trace_hooks: bool,
    pub monitoring: Option<Monitoring>,
    pub collector: bool,
    /// The table of interned strings, where it is known.
    pub interned: Option<usize>,
    /// Addresses of types that are read in a way of their own, where the self-test found them as expected.
    pub deque_type: Option<usize>,
    /// The traversal of classes made by class statements.
    pub class_traverse: Option<usize>,
    pub lru_cache_type: Option<usize>,
    pub lru_link_type: Option<usize>,
    /// Named fields of builtin types, by `tp_name`.
    pub fields: Vec<TypeFields>,
    /// Names of the standard library's modules; 3.9 does not know them.
    pub standard_modules: HashSet<String>,
    /// What is switched off, one sentence each.
    pub warnings: Vec<String>,
}

impl Facts {
    /// Chooses the layouts for the running interpreter and tests them on objects made for that purpose.
    /// Runs a few lines of Python of our own: meant for import time, never for the walk.
    pub(crate) fn detect(py: Python<'_>) -> PyResult<Self> {
        let mut facts = Self::untested(Version::running(py), is_debug_build(py)?);
        let standard_modules = py.import("sys")?.getattr_opt("stdlib_module_names")?;
        facts.standard_modules = standard_modules.and_then(|names| names.extract().ok()).unwrap_or_default();
        self_test::run(py, &mut facts)?;
        Ok(facts)
    }

    /// Whether there are layouts for the running interpreter.
    pub(crate) fn is_known(py: Python<'_>) -> bool {
        Layout::of(Version::running(py), false).is_some()
    }

    /// As if the running interpreter were a version from the future.
    #[cfg(test)]
    pub(crate) fn of_unknown_version(py: Python<'_>) -> PyResult<Self> {
        let mut facts = Self::untested(Version(399), false);
        self_test::run(py, &mut facts)?;
        Ok(facts)
    }

    fn untested(version: Version, is_debug: bool) -> Self {
        let symbols = Symbols::load();
        let mut warnings = Vec::new();
        let known = Layout::of(version, is_debug);
        let is_known = known.is_some();
        if !is_known {
            warnings.push(format!(
                "CPython {}.{} is not known to this heapview: names of many references are missing; update heapview",
                version.0 / 100,
                version.0 % 100
            ));
        }
        let layout = known.unwrap_or_else(Layout::newest);
        Self {
            symbols,
            enumeration: Enumeration::RootsOnly,
            strings: true,
            ints: true,
            heap_types: is_known,
            instances: is_known,
            frames: is_known,
            interpreter: is_known,
            atexit: is_known,
            audit_hooks: is_known && !FREE_THREADED,
            others: is_known,
            trace_hooks: is_known,
            monitoring: None,
            collector: is_known,
            interned: None,
            deque_type: None,
            class_traverse: None,
            lru_cache_type: None,
            lru_link_type: None,
            standard_modules: HashSet::new(),
            fields: if is_known { layout.fields.concat() } else { Vec::new() },
            layout,
            warnings,
        }
    }
}
