//! Python literals: of objects in the snapshot, and as people type them, in one canonical form.

use std::fmt::Write as _;

use heapview_snapshot::{EdgeKind, ObjectIx};

use crate::heap::Heap;

/// Tuples in tuples deeper than this have no literal.
const DEEPEST: usize = 4;

/// The literal whose evaluation equals the object and hashes alike; `None` if there is none, or if the snapshot
/// does not hold the whole value.
pub fn literal(heap: &Heap, object: ObjectIx) -> Option<String> {
    nested_literal(heap, object, DEEPEST)
}

fn nested_literal(heap: &Heap, object: ObjectIx, depth: usize) -> Option<String> {
    if heap.is_exactly(object, "NoneType") {
        return Some("None".to_owned());
    }
    if heap.is_exactly(object, "tuple") {
        let depth = depth.checked_sub(1)?;
        let items: Vec<String> = heap
            .references(object)
            .filter(|item| item.kind == EdgeKind::Item)
            .map(|item| nested_literal(heap, item.to, depth))
            .collect::<Option<_>>()?;
        return Some(tuple(&items));
    }
    let preview = heap.snapshot().preview(object).filter(|preview| !preview.truncated)?;
    if heap.is_exactly(object, "str") {
        Some(quoted(preview.text))
    } else if heap.is_exactly(object, "bytes") {
        Some(format!("b'{}'", preview.text))
    } else if heap.is_exactly(object, "int") || heap.is_exactly(object, "bool") {
        Some(preview.text.to_owned())
    } else if heap.is_exactly(object, "float") {
        preview.text.parse::<f64>().ok().filter(|value| value.is_finite())?;
        Some(preview.text.to_owned())
    } else {
        None
    }
}

/// A tuple's literal.
pub(crate) fn tuple(items: &[String]) -> String {
    match items {
        [single] => format!("({single},)"),
        items => format!("({})", items.join(", ")),
    }
}

/// A `str` literal in single quotes.
pub fn quoted(text: &str) -> String {
    let mut literal = String::with_capacity(text.len() + 2);
    literal.push('\'');
    for character in text.chars() {
        match character {
            '\'' => literal.push_str("\\'"),
            '\\' => literal.push_str("\\\\"),
            '\n' => literal.push_str("\\n"),
            '\r' => literal.push_str("\\r"),
            '\t' => literal.push_str("\\t"),
            // Invisible characters and those that could reorder a terminal's line.
            '\0'..='\x1f' | '\x7f' => drop(write!(literal, "\\x{:02x}", character as u32)),
            '\u{80}'..='\u{9f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}'
            | '\u{feff}' => {
                let _ = write!(literal, "\\u{:04x}", character as u32);
            }
            character => literal.push(character),
        }
    }
    literal.push('\'');
    literal
}

/// Whether `name` can stand after a dot. Only ASCII: Python normalises other identifiers, and may look up another
/// name than was written.
pub fn is_identifier(name: &str) -> bool {
    const KEYWORDS: [&str; 35] = [
        "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue",
        "def", "del", "elif", "else", "except", "finally", "for", "from", "global", "if", "import", "in",
        "is", "lambda", "nonlocal", "not", "or", "pass", "raise", "return", "try", "while", "with", "yield",
    ];
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && !KEYWORDS.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_quoted_as_python_would_read_them() {
        for (text, expected) in [
            ("plain", "'plain'"),
            ("it's", "'it\\'s'"),
            ("a\\b", "'a\\\\b'"),
            ("line\nbreak\x1b[31m", "'line\\nbreak\\x1b[31m'"),
            ("größe 🐍", "'größe 🐍'"),
            ("\u{202e}", "'\\u202e'"),
        ] {
            assert_eq!(quoted(text), expected);
        }
    }

    #[test]
    fn keywords_and_odd_names_do_not_follow_a_dot() {
        for name in ["x", "_x1", "Out", "match"] {
            assert!(is_identifier(name), "{name}");
        }
        for name in ["", "1x", "class", "a-b", "größe", "a b"] {
            assert!(!is_identifier(name), "{name}");
        }
    }
}
