//! Type objects: names, flags, sizes, members, and how instances keep their attributes.

use std::ffi::{c_int, c_void};

use pyo3::ffi::{self, PyObject};

use super::Facts;
use super::image;
use super::layout::HeapTypeLayout;
use super::object::{SHIFT, Traverse, is_locked};
use super::raw::Raw;
use super::{strings, type_of};

// Stable since 3.8: https://github.com/python/cpython/blob/3.12/Include/cpython/object.h (struct _typeobject)
const TP_NAME: isize = SHIFT + 24;
const TP_BASICSIZE: isize = SHIFT + 32;
const TP_ITEMSIZE: isize = SHIFT + 40;
const TP_DEALLOC: isize = SHIFT + 48;
const TP_CALL: isize = SHIFT + 128;
const TP_FLAGS: isize = SHIFT + 168;
const TP_TRAVERSE: isize = SHIFT + 184;
const TP_MEMBERS: isize = SHIFT + 240;
const TP_GETSET: isize = SHIFT + 248;
const TP_BASE: isize = SHIFT + 256;
const TP_DICT: isize = SHIFT + 264;
const TP_DICTOFFSET: isize = SHIFT + 288;
const TP_IS_GC: isize = SHIFT + 328;
const TP_BASES: isize = SHIFT + 336;
const TP_MRO: isize = SHIFT + 344;
const TP_CACHE: isize = SHIFT + 352;
const TP_SUBCLASSES: isize = SHIFT + 360;

/// `tp_flags`. <https://docs.python.org/3/c-api/typeobj.html#c.PyTypeObject.tp_flags>
#[derive(Clone, Copy, Debug)]
pub(crate) struct Flags(u64);

impl Flags {
    const STATIC_BUILTIN: u64 = 1 << 1;
    pub(crate) const INLINE_VALUES: u64 = 1 << 2;
    pub(crate) const MANAGED_WEAKREF: u64 = 1 << 3;
    pub(crate) const MANAGED_DICT: u64 = 1 << 4;
    pub(crate) const HEAP_TYPE: u64 = 1 << 9;
    pub(crate) const HAVE_GC: u64 = 1 << 14;
    pub(crate) const LONG_SUBCLASS: u64 = 1 << 24;
    pub(crate) const LIST_SUBCLASS: u64 = 1 << 25;
    pub(crate) const TUPLE_SUBCLASS: u64 = 1 << 26;
    pub(crate) const BYTES_SUBCLASS: u64 = 1 << 27;
    pub(crate) const UNICODE_SUBCLASS: u64 = 1 << 28;
    pub(crate) const DICT_SUBCLASS: u64 = 1 << 29;
    pub(crate) const EXCEPTION_SUBCLASS: u64 = 1 << 30;
    pub(crate) const TYPE_SUBCLASS: u64 = 1 << 31;

    pub(crate) fn has(self, flag: u64) -> bool {
        self.0 & flag != 0
    }
}

pub(crate) fn flags(type_object: Raw) -> Flags {
    Flags(type_object.read(TP_FLAGS))
}

pub(crate) fn is_heap_type(type_object: Raw) -> bool {
    flags(type_object).has(Flags::HEAP_TYPE)
}

/// Whether an extension made the type, and so its table of members: neither a class statement nor CPython itself. On
/// systems where it cannot be told which file a type lies in, static types count as CPython's.
pub(crate) fn is_foreign(facts: &Facts, type_object: Raw) -> bool {
    if is_heap_type(type_object) {
        return facts.class_traverse != Some(type_object.read(TP_TRAVERSE));
    }
    !is_in_interpreter(type_object)
}

/// Whether a static type has the bare name of a builtin without being CPython's own: extensions that do not name
/// their module can have a `list` or a `function`.
pub(crate) fn is_impostor(type_object: Raw) -> bool {
    !is_heap_type(type_object) && !is_in_interpreter(type_object) && !c_name(type_object).contains('.')
}

fn is_in_interpreter(type_object: Raw) -> bool {
    // SAFETY: None is alive.
    let of_none = unsafe { Raw::new(ffi::Py_None() as usize) }.map_or(0, |none| type_of(none).address());
    image::is_in_program_or_with(type_object.address(), of_none)
}

/// Whether C code made the type and gave it the name `module.name` that it has. A class statement and an assignment to
/// `__name__` write the same text into both of a class's names; only C code writes the bare name into one of them.
pub(crate) fn is_named_by_extension(facts: &Facts, type_object: Raw) -> bool {
    if !is_heap_type(type_object) {
        return true;
    }
    let own_name = |layout: &HeapTypeLayout| strings::text(facts, type_object.pointer(layout.name)?);
    let own_name = own_name(&facts.layout.heap_types).filter(|_| facts.heap_types);
    own_name.is_some_and(|name| !name.contains('.')) && c_name(type_object).contains('.')
}

/// `tp_name`: `module.name` for static types, the bare name for classes.
pub(crate) fn c_name<'a>(type_object: Raw) -> &'a str {
    type_object.c_string(TP_NAME).to_str().unwrap_or("?")
}

/// Bytes of an instance, and of each item of its variable part.
pub(crate) fn sizes(type_object: Raw) -> (u64, u64) {
    let size = |offset| u64::try_from(type_object.read::<i64>(offset)).unwrap_or(0);
    (size(TP_BASICSIZE), size(TP_ITEMSIZE))
}

pub(super) fn dict_offset(type_object: Raw) -> i64 {
    type_object.read(TP_DICTOFFSET)
}

pub(super) fn base(type_object: Raw) -> Option<Raw> {
    type_object.pointer(TP_BASE)
}

/// The type and its bases along `tp_base`, from the most derived.
pub(crate) fn base_chain(type_object: Raw) -> impl Iterator<Item = Raw> {
    std::iter::successors(Some(type_object), |next| base(*next))
}

/// The types of `tp_mro` in order.
pub(crate) fn mro(type_object: Raw) -> Vec<Raw> {
    match type_object.pointer(TP_MRO) {
        Some(mro) => super::tuple_items(mro).flatten().collect(),
        None => base_chain(type_object).collect(),
    }
}

/// Whether instances can be called.
pub(crate) fn is_callable(type_object: Raw) -> bool {
    type_object.read::<usize>(TP_CALL) != 0
}

/// The address of `tp_dealloc`.
pub(crate) fn dealloc_function(type_object: Raw) -> usize {
    type_object.read(TP_DEALLOC)
}

/// `tp_traverse`, for types whose instances the collector may track.
pub(crate) fn traverse_function(type_object: Raw) -> Option<Traverse> {
    let function: Option<Traverse> = type_object.read(TP_TRAVERSE);
    function.filter(|_| flags(type_object).has(Flags::HAVE_GC))
}

/// Whether instances of a class have no references but slots, attributes and their type: the class and all its bases
/// but `object` were made by class statements, so there is nothing that a traversal could add.
pub(crate) fn is_plain_class(facts: &Facts, type_object: Raw) -> bool {
    let Some(of_classes) = facts.class_traverse else { return false };
    let is_object = |base: Raw| base.read::<usize>(TP_BASE) == 0;
    base_chain(type_object).all(|base| is_object(base) || base.read::<usize>(TP_TRAVERSE) == of_classes)
}

/// Whether this very object has a collector's header: the flag alone lies for static types, whose metaclass has
/// `HAVE_GC` (numpy's dtype classes; traversing them aborts the interpreter).
pub(crate) fn is_gc(type_object: Raw, object: Raw) -> bool {
    let is_gc: Option<unsafe extern "C" fn(*mut PyObject) -> c_int> = type_object.read(TP_IS_GC);
    // SAFETY: `tp_is_gc` only looks at the object's type flags.
    flags(type_object).has(Flags::HAVE_GC) && is_gc.is_none_or(|is_gc| unsafe { is_gc(object.as_ptr()) } != 0)
}

/// The type's `__dict__`, also for static builtin types since 3.12, whose dict lies in the interpreter state.
pub(crate) fn dict(facts: &Facts, type_object: Raw) -> Option<Raw> {
    if !is_static_builtin(facts, type_object) {
        return type_object.pointer(TP_DICT);
    }
    let type_dict = facts.symbols.type_dict?;
    // SAFETY: returns a new reference to a dict that the interpreter holds as well; giving ours back is safe.
    unsafe {
        let dict = type_dict(type_object.as_ptr());
        ffi::Py_XDECREF(dict);
        Raw::new(dict as usize)
    }
}

/// Object-valued fields of a type object with their names; the flag says whether `type.name` gives it.
pub(crate) fn own_fields(facts: &Facts, type_object: Raw) -> Vec<(&'static str, bool, Raw)> {
    let mut fields = Vec::with_capacity(8);
    let mut push = |name, is_slot, offset| {
        if let Some(value) = type_object.pointer(offset) {
            fields.push((name, is_slot, value));
        }
    };
    push("__mro__", true, TP_MRO);
    push("__bases__", true, TP_BASES);
    push("__base__", true, TP_BASE);
    push("tp_cache", false, TP_CACHE);
    if !is_static_builtin(facts, type_object) {
        push("tp_subclasses", false, TP_SUBCLASSES);
    }
    if is_heap_type(type_object) && facts.heap_types {
        let layout = &facts.layout.heap_types;
        push("__name__", true, layout.name);
        push("__qualname__", true, layout.qualname);
        push("ht_slots", false, layout.slots);
        push("ht_module", false, layout.module);
    }
    fields
}

/// The keys object that instances of a class share for their attribute names.
pub(crate) fn cached_keys(facts: &Facts, type_object: Raw) -> Option<Raw> {
    if !facts.heap_types || !is_heap_type(type_object) {
        return None;
    }
    type_object.pointer(facts.layout.heap_types.cached_keys)
}

/// `__qualname__` of a class, as the text of a `str`.
pub(crate) fn qualname(facts: &Facts, type_object: Raw) -> Option<String> {
    if !facts.heap_types || !is_heap_type(type_object) {
        return None;
    }
    strings::text(facts, type_object.pointer(facts.layout.heap_types.qualname)?)
}

/// One `T_OBJECT` or `T_OBJECT_EX` member that a type declares. <https://docs.python.org/3/c-api/structures.html#c.PyMemberDef>
#[derive(Clone, Copy, Debug)]
pub(crate) struct Member {
    pub name: &'static str,
    pub offset: isize,
}

/// The object-valued members that this very type declares (`__slots__` among them).
///
/// The names live as long as the type; they are interned before the dump ends.
pub(crate) fn members(type_object: Raw) -> Vec<Member> {
    const T_OBJECT: c_int = 6;
    const T_OBJECT_EX: c_int = 16;
    const SIZE_OF_MEMBER: isize = 40;
    let mut members = Vec::new();
    // SAFETY: `tp_members` is null or an array that ends with a null name.
    let table = unsafe { Raw::new(type_object.read(TP_MEMBERS)) };
    let Some(table) = table else { return members };
    let mut entry = 0;
    while table.read::<usize>(entry) != 0 {
        let kind: c_int = table.read(entry + 8);
        let offset: isize = table.read(entry + 16);
        if matches!(kind, T_OBJECT | T_OBJECT_EX) && offset > 0 {
            members.push(Member { name: table.c_string(entry).to_str().unwrap_or("?"), offset });
        }
        entry += SIZE_OF_MEMBER;
    }
    members
}

/// A C function that computes an attribute. <https://docs.python.org/3/c-api/structures.html#c.PyGetSetDef>
#[derive(Clone, Copy, Debug)]
pub(crate) struct Getter {
    function: unsafe extern "C" fn(*mut PyObject, *mut c_void) -> *mut PyObject,
    closure: usize,
}

/// The getter that this very type declares for `name`.
pub(crate) fn getter(type_object: Raw, name: &str) -> Option<Getter> {
    let (table, entry) =
        getter_entries(type_object).find(|(table, at)| table.c_string(*at).to_bytes() == name.as_bytes())?;
    let function: Option<_> = table.read(entry + 8);
    Some(Getter { function: function?, closure: table.read(entry + 32) })
}

/// The getters that this very type declares: names, and addresses of the functions.
pub(super) fn getters(type_object: Raw) -> impl Iterator<Item = (&'static str, usize)> {
    getter_entries(type_object).filter_map(|(table, at)| {
        let function: usize = table.read(at + 8);
        Some((table.c_string(at).to_str().ok()?, function)).filter(|_| function != 0)
    })
}

/// The table of getters, and where each entry of it begins.
fn getter_entries(type_object: Raw) -> impl Iterator<Item = (Raw, isize)> {
    const SIZE_OF_ENTRY: isize = 40;
    // SAFETY: `tp_getset` is null or an array that ends with a null name.
    let table = unsafe { Raw::new(type_object.read(TP_GETSET)) };
    table.into_iter().flat_map(|table| {
        let entries = (0..).map(|index| index * SIZE_OF_ENTRY);
        entries.take_while(move |at| table.read::<usize>(*at) != 0).map(move |at| (table, at))
    })
}

/// What the getter gives, for those known to give an object that somebody else holds as well.
pub(crate) fn get(getter: Getter, object: Raw) -> Option<Raw> {
    if is_locked(object) {
        return None;
    }
    // SAFETY: the getter of the object's type; the reference that it gives is given back at once.
    unsafe {
        let found = (getter.function)(object.as_ptr(), getter.closure as *mut c_void);
        if found.is_null() {
            ffi::PyErr_Clear();
            return None;
        }
        let is_held = ffi::Py_REFCNT(found) > 1;
        ffi::Py_DECREF(found);
        if is_held { Raw::new(found as usize) } else { None }
    }
}

/// The type's module: what comes before the last dot of a static type's name, else `__module__` if that is a
/// plain `str` (it may be any object; no descriptor is asked).
pub(crate) fn module(facts: &Facts, type_object: Raw) -> String {
    if !is_heap_type(type_object) {
        return c_name(type_object).rsplit_once('.').map_or("builtins", |(module, _)| module).to_owned();
    }
    let mut module = String::new();
    if let Some(dict) = dict(facts, type_object) {
        super::dict_items(dict, |key, value| {
            if strings::equals(facts, key, "__module__") {
                module = strings::text(facts, value).unwrap_or_default();
            }
        });
    }
    module
}

fn is_static_builtin(facts: &Facts, type_object: Raw) -> bool {
    facts.layout.has_static_builtin
        && flags(type_object).has(Flags::STATIC_BUILTIN)
        && !is_heap_type(type_object)
}

/// Whether `object` is an instance of exactly the builtin type called `name`.
pub(crate) fn is_exactly(object: Raw, name: &str) -> bool {
    let type_object = type_of(object);
    !is_heap_type(type_object) && c_name(type_object) == name && !is_impostor(type_object)
}

/// Whether `object` is a `str` or an instance of a subclass.
pub(crate) fn is_str(object: Raw) -> bool {
    flags(type_of(object)).has(Flags::UNICODE_SUBCLASS)
}

/// Whether `object` is a dict or an instance of a subclass.
pub(crate) fn is_dict(object: Raw) -> bool {
    flags(type_of(object)).has(Flags::DICT_SUBCLASS)
}
