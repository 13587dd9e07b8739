//! Attributes of instances: a plain `__dict__`, or the values that CPython 3.11+ keeps without one.
//!
//! Nothing here makes a `__dict__`: reading the attribute would.

use super::Facts;
use super::layout::ManagedDict;
use super::object::SHIFT;
use super::raw::Raw;
use super::typeobject::{self, Flags, flags};
use super::{strings, var_size};

const WORD: isize = 8;
/// In a dict: its array of values, if its keys are shared.
const MA_VALUES: isize = SHIFT + 40;
/// In a module: its `__dict__`.
pub(crate) const MODULE_DICT: isize = SHIFT + 16;
/// `dk_kind`: keys are all `str`, so entries have no hash.
const KIND_UNICODE: u8 = 1;
const KIND_SPLIT: u8 = 2;

/// Where the instances of a type keep their attributes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum DictPlace {
    None,
    /// Offset from the start of the object; from its end when negative.
    At(i64),
    /// Managed by the interpreter, as the version's [`ManagedDict`] says.
    Managed,
}

/// Where instances of `type_object` keep their attributes.
pub(crate) fn dict_place(facts: &Facts, type_object: Raw) -> DictPlace {
    if facts.layout.managed_dict != ManagedDict::Absent && flags(type_object).has(Flags::MANAGED_DICT) {
        return if facts.instances { DictPlace::Managed } else { DictPlace::None };
    }
    match typeobject::dict_offset(type_object) {
        0 => DictPlace::None,
        offset => DictPlace::At(offset),
    }
}

/// The instance's `__dict__`, if it has been made.
pub(crate) fn dict(facts: &Facts, place: DictPlace, type_object: Raw, object: Raw) -> Option<Raw> {
    match place {
        DictPlace::None => None,
        DictPlace::At(offset) if offset > 0 => object.pointer(offset as isize),
        DictPlace::At(offset) => {
            let (basic_size, item_size) = typeobject::sizes(type_object);
            let size = (basic_size + item_size * var_size(object).unsigned_abs()).next_multiple_of(8);
            object.pointer(size as isize + offset as isize)
        }
        DictPlace::Managed => match facts.layout.managed_dict {
            ManagedDict::Absent => None,
            ManagedDict::TwoWords => object.pointer(-3 * WORD),
            ManagedDict::Inline(word) => object.pointer(word * WORD),
            ManagedDict::Tagged => {
                let word: usize = object.read(-3 * WORD);
                if word & 1 == 1 { None } else { object.pointer(-3 * WORD) }
            }
        },
    }
}

/// Calls `attribute` with name and value of each attribute kept outside a `__dict__`.
///
/// Since 3.13 a `__dict__` that has been made may share the values inside the object: it then counts as their
/// holder, for it keeps them when the object dies, and nothing is given here.
pub(crate) fn inline_attributes(
    facts: &Facts,
    type_object: Raw,
    object: Raw,
    mut attribute: impl FnMut(Raw, Raw),
) {
    let Some(values) = inline_values(facts, type_object, object) else { return };
    let Some(keys) = typeobject::cached_keys(facts, type_object) else { return };
    key_names(facts, keys, |index, name| {
        if let Some(value) = values.pointer(index * WORD) {
            attribute(name, value);
        }
    });
}

/// Calls `name` with index and name of each entry of a keys object.
pub(crate) fn key_names(facts: &Facts, keys: Raw, mut name: impl FnMut(isize, Raw)) {
    let Some(layout) = facts.layout.keys else { return };
    let kind: u8 = keys.read(layout.kind);
    let entry_size = if matches!(kind, KIND_UNICODE | KIND_SPLIT) { 2 * WORD } else { 3 * WORD };
    let key_offset = if entry_size == 2 * WORD { 0 } else { WORD };
    let index_bytes: isize = 1 << keys.read::<u8>(layout.log2_index_bytes);
    let entries = layout.indices + index_bytes;
    let n_entries: isize = keys.read(layout.n_entries);
    for index in 0..n_entries {
        if let Some(key) = keys.pointer(entries + index * entry_size + key_offset) {
            name(index, key);
        }
    }
}

/// The array of values, if the instance has one that is in force.
fn inline_values(facts: &Facts, type_object: Raw, object: Raw) -> Option<Raw> {
    if !facts.instances || !flags(type_object).has(Flags::MANAGED_DICT) {
        return None;
    }
    match facts.layout.managed_dict {
        ManagedDict::Absent => None,
        ManagedDict::TwoWords => object.pointer(-4 * WORD),
        ManagedDict::Tagged => {
            let word: usize = object.read(-3 * WORD);
            // SAFETY: the tag says that it is a pointer to the values, less one; the object owns them.
            (word & 1 == 1).then(|| unsafe { Raw::new(word + 1) })?
        }
        ManagedDict::Inline(word) => {
            if !flags(type_object).has(Flags::INLINE_VALUES) {
                return None;
            }
            let (basic_size, _) = typeobject::sizes(type_object);
            let header = object.address() + basic_size as usize;
            // SAFETY: types with this flag allocate the values right behind the basic size.
            let header = unsafe { Raw::new(header) }?;
            let is_valid: u8 = header.read(3);
            let is_shared = object
                .pointer(word * WORD)
                .is_some_and(|dict| dict.read::<usize>(MA_VALUES) == header.address());
            // SAFETY: as above; the values follow the header's eight bytes.
            (is_valid != 0 && !is_shared).then(|| unsafe { Raw::new(header.address() + 8) })?
        }
    }
}

/// Bytes of the values that the instance keeps without a `__dict__`, which `sys.getsizeof` leaves out.
///
/// Before 3.13 they are a block of their own, whose size depends on how many instances there were when it was made:
/// the first ones of a class get room for thirty values. A dict that has taken them over counts them as its own.
/// <https://github.com/python/cpython/blob/3.12/Objects/dictobject.c> (`init_inline_values`),
/// <https://github.com/python/cpython/blob/3.13/Include/internal/pycore_dict.h> (`_PyInlineValuesSize`)
pub(crate) fn values_size(facts: &Facts, type_object: Raw, object: Raw) -> u64 {
    const WORD_SIZE: u64 = 8;
    if !matches!(facts.layout.managed_dict, ManagedDict::Inline(_)) {
        let Some(values) = inline_values(facts, type_object, object) else { return 0 };
        let Some(keys) = typeobject::cached_keys(facts, type_object) else { return 0 };
        let Some(layout) = facts.layout.keys else { return 0 };
        let prefix = u64::from(values.read::<u8>(-1));
        let (usable, used): (i64, i64) = (keys.read(layout.n_entries - WORD), keys.read(layout.n_entries));
        let now = usable.saturating_add(used).unsigned_abs().min(u64::from(u8::MAX));
        // The prefix has a byte for each value and two more, rounded up to a word.
        return prefix + now.max(prefix.saturating_sub(WORD_SIZE + 1)) * WORD_SIZE;
    }
    if !facts.instances || !flags(type_object).has(Flags::INLINE_VALUES) {
        return 0;
    }
    let (basic_size, _) = typeobject::sizes(type_object);
    let n_values = u64::from(object.read::<u8>(basic_size as isize));
    let is_shared = dict(facts, DictPlace::Managed, type_object, object)
        .is_some_and(|dict| dict.read::<usize>(MA_VALUES) == object.address() + basic_size as usize);
    let values = if is_shared { 0 } else { n_values * WORD_SIZE };
    n_values.next_multiple_of(WORD_SIZE) + WORD_SIZE + values
}

/// The value that a module or an instance keeps under `wanted`, read from its dict or its inline values.
pub(crate) fn attribute(facts: &Facts, object: Raw, wanted: &str) -> Option<Raw> {
    let type_object = super::type_of(object);
    let mut found = None;
    inline_attributes(facts, type_object, object, |name, value| {
        if strings::equals(facts, name, wanted) {
            found = Some(value);
        }
    });
    let dict = match dict_place(facts, type_object) {
        _ if super::is_exactly(object, "module") => object.pointer(MODULE_DICT),
        DictPlace::None => None,
        place => dict(facts, place, type_object, object),
    };
    if let Some(dict) = dict.filter(|dict| super::is_dict(*dict)) {
        super::dict_items(dict, |name, value| {
            if strings::equals(facts, name, wanted) {
                found = Some(value);
            }
        });
    }
    found
}
