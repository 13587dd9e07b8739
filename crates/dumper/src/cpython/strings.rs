//! Text of `str` and `bytes` objects, read without CPython's caches, which would change the heap.

use super::Facts;
use super::object::SHIFT;
use super::raw::Raw;
use super::type_of;
use super::typeobject::{Flags, flags};

const LENGTH: isize = SHIFT + 16;
const STATE: isize = SHIFT + 32;
/// Where the content of `bytes` begins.
pub(crate) const BYTES_CONTENT: isize = SHIFT + 32;

/// The first characters of a text, and whether that is all of it, exactly.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Clip {
    pub text: String,
    pub truncated: bool,
}

#[derive(Clone, Copy)]
struct Shape {
    length: usize,
    /// Bytes per character: 1, 2 or 4.
    width: usize,
    is_ascii: bool,
    is_compact: bool,
}

/// The first `limit` characters of a `str`, appended to `clip`'s cleared text. Lone surrogates become U+FFFD and
/// count as truncation, for then the text is not the value.
pub(crate) fn clip(facts: &Facts, string: Raw, limit: usize, clip: &mut Clip) {
    clip.text.clear();
    let Some((shape, data)) = shape_and_data(facts, string) else {
        clip.truncated = true;
        return;
    };
    clip.truncated = shape.length > limit;
    let n_chars = shape.length.min(limit);
    let bytes = data.bytes(0, n_chars * shape.width);
    if shape.is_ascii {
        match std::str::from_utf8(bytes) {
            Ok(text) => clip.text.push_str(text),
            Err(_) => clip.truncated = true,
        }
        return;
    }
    for unit in bytes.chunks_exact(shape.width) {
        let code = unit.iter().rev().fold(0u32, |code, byte| code << 8 | u32::from(*byte));
        clip.truncated |= char::from_u32(code).is_none();
        clip.text.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
    }
}

/// The whole text of a `str`; `None` for other objects.
pub(crate) fn text(facts: &Facts, string: Raw) -> Option<String> {
    if !flags(type_of(string)).has(Flags::UNICODE_SUBCLASS) {
        return None;
    }
    let mut whole = Clip::default();
    clip(facts, string, usize::MAX, &mut whole);
    (!whole.truncated).then_some(whole.text)
}

/// Whether `object` is a `str` with this ASCII text.
pub(crate) fn equals(facts: &Facts, object: Raw, expected: &str) -> bool {
    if !flags(type_of(object)).has(Flags::UNICODE_SUBCLASS) {
        return false;
    }
    shape_and_data(facts, object).is_some_and(|(shape, data)| {
        shape.is_ascii && shape.length == expected.len() && data.bytes(0, shape.length) == expected.as_bytes()
    })
}

/// Whether `object` is a `str` that begins with an underscore.
pub(crate) fn is_private(facts: &Facts, object: Raw) -> bool {
    flags(type_of(object)).has(Flags::UNICODE_SUBCLASS)
        && shape_and_data(facts, object)
            .is_some_and(|(shape, data)| shape.is_ascii && shape.length > 0 && data.bytes(0, 1) == b"_")
}

/// Whether `object` is a `str` that could be an identifier in source code.
pub(crate) fn is_identifier(facts: &Facts, object: Raw) -> bool {
    if !flags(type_of(object)).has(Flags::UNICODE_SUBCLASS) {
        return false;
    }
    let Some((shape, data)) = shape_and_data(facts, object) else { return false };
    let units = data.bytes(0, shape.length * shape.width).chunks_exact(shape.width);
    let mut letters = units.map(|unit| {
        let code = unit.iter().rev().fold(0u32, |code, byte| code << 8 | u32::from(*byte));
        char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)
    });
    letters.next().is_some_and(|first| first.is_alphabetic() || first == '_')
        && letters.all(|letter| letter.is_alphanumeric() || letter == '_')
}

/// Bytes of a `str` as `str.__sizeof__` counts them, for types of the given basic size.
pub(crate) fn size(facts: &Facts, string: Raw, basic_size: u64) -> Option<u64> {
    let shape = shape(facts, string)?;
    let layout = &facts.layout.strings;
    let characters = (shape.length as u64 + 1) * shape.width as u64;
    if shape.is_ascii && shape.is_compact {
        return Some(layout.ascii_data as u64 + characters + wide_copy_size(facts, string, shape));
    }
    let utf8: usize = string.read(layout.utf8);
    let (head, data) = if shape.is_compact {
        (layout.compact_data as u64, string.address() + layout.compact_data as usize)
    } else {
        (basic_size, string.read(layout.any_data))
    };
    let utf8_length: u64 = string.read(layout.utf8_length);
    let copy = if utf8 != 0 && utf8 != data { utf8_length + 1 } else { 0 };
    Some(head + characters + copy + wide_copy_size(facts, string, shape))
}

/// The bytes that make up a `str` or `bytes` object: equal objects of a type have equal ones.
pub(crate) fn content<'a>(facts: &Facts, object: Raw) -> Option<&'a [u8]> {
    if flags(type_of(object)).has(Flags::BYTES_SUBCLASS) {
        return Some(object.bytes(BYTES_CONTENT, usize::try_from(super::var_size(object)).unwrap_or(0)));
    }
    let (shape, data) = shape_and_data(facts, object)?;
    Some(data.bytes(0, shape.length * shape.width))
}

/// The first `limit` bytes of a `bytes` object, as the inside of its literal.
pub(crate) fn clip_bytes(object: Raw, limit: usize, clip: &mut Clip) {
    let length = usize::try_from(super::var_size(object)).unwrap_or(0);
    clip.text.clear();
    clip.truncated = length > limit;
    for byte in object.bytes(BYTES_CONTENT, length.min(limit)) {
        match byte {
            b'\\' => clip.text.push_str("\\\\"),
            b'\'' => clip.text.push_str("\\'"),
            b' '..=b'~' => clip.text.push(char::from(*byte)),
            _ => {
                clip.text.push_str("\\x");
                clip.text.extend(
                    [byte >> 4, byte & 15].map(|digit| char::from(b"0123456789abcdef"[digit as usize])),
                );
            }
        }
    }
}

fn shape(facts: &Facts, string: Raw) -> Option<Shape> {
    if !facts.strings {
        return None;
    }
    let state = string.read::<u32>(STATE) >> facts.layout.strings.interned_bits;
    let (width, is_compact, is_ascii) = (state & 7, state >> 3 & 1 == 1, state >> 4 & 1 == 1);
    matches!(width, 1 | 2 | 4).then(|| Shape {
        length: usize::try_from(string.read::<i64>(LENGTH)).unwrap_or(0),
        width: width as usize,
        is_ascii,
        is_compact,
    })
}

fn shape_and_data(facts: &Facts, string: Raw) -> Option<(Shape, Raw)> {
    let shape = shape(facts, string)?;
    let layout = &facts.layout.strings;
    let data = match (shape.is_compact, shape.is_ascii) {
        (true, true) => string.address() + layout.ascii_data as usize,
        (true, false) => string.address() + layout.compact_data as usize,
        (false, _) => string.read(layout.any_data),
    };
    // SAFETY: the characters belong to the string, which is alive.
    unsafe { Raw::new(data) }.map(|data| (shape, data))
}

/// Before 3.12 a `str` may carry a second copy as `wchar_t`.
fn wide_copy_size(facts: &Facts, string: Raw, shape: Shape) -> u64 {
    let Some((wstr_offset, length_offset)) = facts.layout.strings.wstr else { return 0 };
    let wstr: usize = string.read(wstr_offset);
    let shares_data = shape_and_data(facts, string).is_some_and(|(_, data)| data.address() == wstr);
    if wstr == 0 || shares_data {
        return 0;
    }
    let length =
        if shape.is_ascii && shape.is_compact { shape.length as u64 } else { string.read(length_offset) };
    (length + 1) * 4
}
