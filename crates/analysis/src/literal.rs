//! Python literals: of objects in the snapshot, and as people type them, in one canonical form.

use heapview_snapshot::{EdgeKind, ObjectIx};

use crate::characters::{is_unseen, push_escape};
use crate::heap::Heap;

/// Tuples in tuples deeper than this have no literal.
const MAX_DEPTH: usize = 4;

/// The literal whose evaluation equals the object and hashes alike; `None` if there is none, or if the snapshot
/// does not hold the whole value.
pub fn literal(heap: &Heap, object: ObjectIx) -> Option<String> {
    nested_literal(heap, object, MAX_DEPTH)
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
        is_inside_of_bytes(preview.text).then(|| format!("b'{}'", preview.text))
    } else if heap.is_exactly(object, "int") {
        is_number(preview.text).then(|| preview.text.to_owned())
    } else if heap.is_exactly(object, "bool") {
        matches!(preview.text, "True" | "False").then(|| preview.text.to_owned())
    } else if heap.is_exactly(object, "float") {
        float_literal(preview.text)
    } else {
        None
    }
}

/// Whether this is a whole number. A snapshot may come from anybody, and literals become lines to paste.
fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether this is what the dumper writes of `bytes`: ASCII with `\\`, `\'` and `\xff` for what is not seen.
fn is_inside_of_bytes(text: &str) -> bool {
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        rest = match (first, after) {
            (b'\\', [b'\\' | b'\'', after @ ..]) => after,
            (b'\\', [b'x', high, low, after @ ..]) if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                after
            }
            (b'\\' | b'\'', _) => return false,
            (b' '..=b'~', after) => after,
            _ => return false,
        };
    }
    true
}

/// The literal of a float; `None` for text that is no finite number.
pub(crate) fn float_literal(text: &str) -> Option<String> {
    text.parse::<f64>().ok().filter(|value| value.is_finite()).map(|value| format!("{value:?}"))
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
            character if is_unseen(character) => push_escape(&mut literal, character),
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
            ("\u{202e}\u{85}\u{e0041}", "'\\u202e\\x85\\U000e0041'"),
        ] {
            assert_eq!(quoted(text), expected);
        }
    }

    #[test]
    fn only_what_the_dumper_writes_becomes_code() {
        for text in ["", "plain", "it\\'s", "a\\\\", "\\x00\\xff"] {
            assert!(is_inside_of_bytes(text), "{text}");
        }
        for text in ["'", "a\\", "\\x1", "\\n", "\\xgg", "\u{1b}", "ö", "' + evil() + b'"] {
            assert!(!is_inside_of_bytes(text), "{text}");
        }
        assert!(is_number("0") && is_number("-12"));
        assert!(["", "-", "1_000", "evil()", "+1", "٣"].iter().all(|text| !is_number(text)));
    }

    #[test]
    fn floats_have_one_literal() {
        let literals: Vec<_> = ["2.50", "1e+22", "-0.0", "nan", "inf", "x"].map(float_literal).into();
        assert_eq!(literals.iter().flatten().collect::<Vec<_>>(), ["2.5", "1e22", "-0.0"]);
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
