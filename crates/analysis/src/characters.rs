//! Characters that text for people does not contain, and the escapes that stand for them.

use std::borrow::Cow;
use std::fmt::Write as _;

/// What lies beyond ASCII and moves the cursor, breaks a line, reorders it, or is not seen at all: controls (Cc),
/// format characters (Cf: bidi controls and isolates, joiners, tags), separators (Zl, Zp), all spaces but the blank
/// (Zs), and the rest of what Unicode calls default ignorable, such as fillers and variation selectors.
/// <https://www.unicode.org/Public/UCD/latest/ucd/DerivedCoreProperties.txt>
const UNSEEN: [(char, char); 28] = [
    ('\u{7f}', '\u{a0}'),
    ('\u{ad}', '\u{ad}'),
    ('\u{34f}', '\u{34f}'),
    ('\u{600}', '\u{605}'),
    ('\u{61c}', '\u{61c}'),
    ('\u{6dd}', '\u{6dd}'),
    ('\u{70f}', '\u{70f}'),
    ('\u{890}', '\u{891}'),
    ('\u{8e2}', '\u{8e2}'),
    ('\u{115f}', '\u{1160}'),
    ('\u{1680}', '\u{1680}'),
    ('\u{17b4}', '\u{17b5}'),
    ('\u{180b}', '\u{180f}'),
    ('\u{2000}', '\u{200f}'),
    ('\u{2028}', '\u{202f}'),
    ('\u{205f}', '\u{206f}'),
    ('\u{3000}', '\u{3000}'),
    ('\u{3164}', '\u{3164}'),
    ('\u{fe00}', '\u{fe0f}'),
    ('\u{feff}', '\u{feff}'),
    ('\u{ffa0}', '\u{ffa0}'),
    ('\u{fff0}', '\u{fffb}'),
    ('\u{110bd}', '\u{110bd}'),
    ('\u{110cd}', '\u{110cd}'),
    ('\u{13430}', '\u{1343f}'),
    ('\u{1bca0}', '\u{1bca3}'),
    ('\u{1d173}', '\u{1d17a}'),
    ('\u{e0000}', '\u{e0fff}'),
];

/// Whether text for people shows an escape instead of this character. O(log of the ranges).
pub fn is_unseen(character: char) -> bool {
    if character < '\u{7f}' {
        return character < ' ';
    }
    let after = UNSEEN.partition_point(|(first, _)| *first <= character);
    after.checked_sub(1).is_some_and(|at| character <= UNSEEN[at].1)
}

/// Appends the escape of a character as Python reads it in a text: `\n`, `\x1b`, `\u202e`, `\U000e0041`.
pub fn push_escape(text: &mut String, character: char) {
    let _ = match character {
        '\n' => text.write_str("\\n"),
        '\r' => text.write_str("\\r"),
        '\t' => text.write_str("\\t"),
        '\0'..='\u{ff}' => write!(text, "\\x{:02x}", character as u32),
        '\u{100}'..='\u{ffff}' => write!(text, "\\u{:04x}", character as u32),
        _ => write!(text, "\\U{:08x}", character as u32),
    };
}

/// The text with escapes for what is not seen. Text that has been escaped stays as it is.
pub fn escaped(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_unseen) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        if is_unseen(character) { push_escape(&mut shown, character) } else { shown.push(character) }
    }
    Cow::Owned(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_seen_is_escaped_and_letters_stay() {
        for (text, expected) in [
            ("plain größe 日本 🐍 e\u{301}", "plain größe 日本 🐍 e\u{301}"),
            ("a\tb\nc\x1b[31m\x7f\u{9b}", "a\\tb\\nc\\x1b[31m\\x7f\\x9b"),
            ("\u{202e}\u{2066}\u{2028}\u{feff}\u{3164}", "\\u202e\\u2066\\u2028\\ufeff\\u3164"),
            ("\u{e0041}", "\\U000e0041"),
        ] {
            assert_eq!(escaped(text), expected);
            assert_eq!(escaped(expected), expected);
        }
    }

    #[test]
    fn ranges_ascend() {
        assert!(UNSEEN.windows(2).all(|pair| pair[0].0 <= pair[0].1 && pair[0].1 < pair[1].0));
    }
}
