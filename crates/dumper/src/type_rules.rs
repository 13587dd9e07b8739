//! How the size of a type's instances is found, and what their previews show; decided once per type.

use crate::adapters;
use crate::cpython::{self, Facts, Flags, Raw, SizeFunction};
use crate::type_facts::{Extra, type_name};

/// How the shallow size of an instance is found.
#[derive(Clone, Copy, Debug)]
pub(crate) enum SizeRule {
    /// Basic size, and item size times the number of items.
    Generic,
    Str,
    Int,
    List,
    Array,
    Native(SizeFunction),
}

/// What the preview of an instance shows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum PreviewRule {
    None,
    Str,
    Bytes,
    Int,
    Bool,
    Float,
    Type,
    Module,
    /// The `str` at this offset.
    Name(isize),
    Array,
    Frame,
}

/// The size rule of `type_object`'s instances.
pub(crate) fn size_rule(facts: &Facts, type_object: Raw, flags: Flags) -> SizeRule {
    if flags.has(Flags::UNICODE_SUBCLASS) {
        SizeRule::Str
    } else if flags.has(Flags::LONG_SUBCLASS) && facts.ints {
        SizeRule::Int
    } else if flags.has(Flags::LIST_SUBCLASS) {
        SizeRule::List
    } else {
        cpython::native_sizeof(facts, type_object).map_or(SizeRule::Generic, SizeRule::Native)
    }
}

/// The preview rule of `type_object`'s instances.
pub(crate) fn preview_rule(facts: &Facts, type_object: Raw, flags: Flags, extra: Extra) -> PreviewRule {
    let name = cpython::c_name(type_object);
    let is_static = !cpython::is_heap_type(type_object) && !cpython::is_foreign(facts, type_object);
    if flags.has(Flags::UNICODE_SUBCLASS) {
        return PreviewRule::Str;
    }
    if flags.has(Flags::BYTES_SUBCLASS) {
        return PreviewRule::Bytes;
    }
    if flags.has(Flags::TYPE_SUBCLASS) {
        return PreviewRule::Type;
    }
    if flags.has(Flags::LONG_SUBCLASS) {
        return if is_static && name == "bool" { PreviewRule::Bool } else { PreviewRule::Int };
    }
    if extra == Extra::Array {
        return PreviewRule::Array;
    }
    if cpython::base_chain(type_object).any(|base| adapters::pandas::is_frame(&type_name(facts, base))) {
        return PreviewRule::Frame;
    }
    if extra == Extra::Module {
        return PreviewRule::Module;
    }
    match name {
        "float" if is_static => PreviewRule::Float,
        "function"
        | "code"
        | "generator"
        | "coroutine"
        | "async_generator"
        | "ContextVar"
        | "_contextvars.ContextVar"
            if is_static =>
        {
            let wanted: &[&str] = match name {
                "code" => &["co_qualname", "co_name"],
                "ContextVar" | "_contextvars.ContextVar" => &["name"],
                _ => &["__qualname__"],
            };
            let known = facts.fields.iter().filter(|(type_name, _)| *type_name == name);
            let known: Vec<_> = known.flat_map(|(_, fields)| *fields).collect();
            wanted
                .iter()
                .find_map(|wanted| known.iter().find(|(field, _, _)| field == wanted))
                .map_or(PreviewRule::None, |(_, offset, _)| PreviewRule::Name(cpython::SHIFT + offset))
        }
        _ => PreviewRule::None,
    }
}
