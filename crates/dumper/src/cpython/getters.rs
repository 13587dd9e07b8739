//! Fields of types that declare getters and no members for them: those of mypyc and Cython, `_asyncio.Task`.
//!
//! The getter is not called. Which field it reads is taken from its machine code; such a field is only used where the
//! object's own traversal reports what lies there.

use std::borrow::Cow;

use super::Facts;
use super::object::{HEAD, SHIFT};
use super::raw::Raw;
use super::strings::equals;
use super::typeobject::{c_name, dict, getters, sizes};

/// Names that are no fields of the object's own.
const OTHERS: [&str; 3] = ["__dict__", "__weakref__", "__class__"];

/// What a function reads of what its first argument points to.
#[derive(Default, Debug)]
pub(super) struct Loads {
    /// Offsets of the words read, in the order in which they stand in the code; those that are only compared left out.
    pub offsets: Vec<isize>,
    /// The one of them that the function returns.
    pub returned: Option<isize>,
}

/// Name and offset of each field that a getter of this very type reads. O(getters).
pub(crate) fn getter_fields(facts: &Facts, type_object: Raw) -> Vec<(Cow<'static, str>, isize)> {
    let (basic_size, _) = sizes(type_object);
    let is_field =
        |offset: &isize| *offset >= HEAD + SHIFT && offset % 8 == 0 && *offset + 8 <= basic_size as isize;
    let rows: Vec<(&'static str, Loads)> = getters(type_object)
        .filter(|(name, _)| !OTHERS.contains(name))
        .map(|(name, function)| (name, loads(function)))
        .collect();
    let mut fields: Vec<(Cow<'static, str>, isize)> = Vec::new();
    for (name, loads) in &rows {
        if let Some(offset) = loads.returned.filter(is_field)
            && !fields.iter().any(|(_, known)| *known == offset)
        {
            fields.push(((*name).into(), offset));
        }
    }
    // What is made of a field is another thing elsewhere; an attribute of mypyc's is that field, boxed.
    let is_boxed = is_of_mypyc(facts, type_object);
    for (name, loads) in rows.iter().filter(|(_, loads)| is_boxed && loads.returned.is_none()) {
        let is_new = |offset: &isize| fields.iter().all(|(_, known)| known != offset);
        let mut new = loads.offsets.clone();
        new.retain(|offset| is_field(offset) && is_new(offset));
        new.sort_unstable();
        match new.as_slice() {
            [offset] => fields.push(((*name).into(), *offset)),
            // The items of a tuple of mypyc's lie in the instance, one behind the other.
            items if items.windows(2).all(|two| two[1] == two[0] + 8) => {
                let named = |(nth, offset): (usize, &isize)| (format!("{name}[{nth}]").into(), *offset);
                fields.extend(items.iter().enumerate().map(named));
            }
            // Of what is made of several fields the name tells none.
            _ => {}
        }
    }
    let coroutine = fields.iter().find(|(name, _)| *name == "_coro").map(|(_, offset)| *offset);
    if let Some(coroutine) = coroutine.filter(|_| c_name(type_object) == "_asyncio.Task") {
        fields.extend([("task name".into(), coroutine + 8), ("context".into(), coroutine + 16)]);
    }
    fields
}

/// Whether mypyc has compiled the class, all of whose attributes have getters then.
fn is_of_mypyc(facts: &Facts, type_object: Raw) -> bool {
    let mut is_it = false;
    if let Some(dict) = dict(facts, type_object) {
        super::dict_items(dict, |key, _| is_it |= equals(facts, key, "__mypyc_attrs__"));
    }
    is_it
}

#[cfg(target_arch = "x86_64")]
fn loads(function: usize) -> Loads {
    // SAFETY: the getter of a living type.
    unsafe { super::loads::loads(function) }
}

/// Only the code of x86-64 is read.
#[cfg(not(target_arch = "x86_64"))]
fn loads(_function: usize) -> Loads {
    Loads::default()
}
