//! Text that a terminal, a notebook or a log can show as it is. The only place that makes it so.
//!
//! Names and values of a heap are anybody's: a class may be called `\x1b[2J`, a key may end the line or turn it
//! around. What would act on the screen, or could not be seen there, stands as the escape that Python would write.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::path::Path;

use heapview_analysis::{escaped, is_unseen, push_escape};
use unicode_width::UnicodeWidthChar;

/// Marks on one letter; more would run over the lines around it, and no language writes so many.
const MAX_MARKS: usize = 8;

/// One line of text with escapes for what moves the cursor, breaks or reorders the line, or is not seen: `\n`, `\x1b`,
/// `\u202e`. Text made so stays as it is.
pub fn printable(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        return Cow::Borrowed(text);
    }
    if !has_too_many_marks(text) {
        return escaped(text);
    }
    let mut shown = String::with_capacity(text.len() * 2);
    let mut n_marks = 0;
    for character in text.chars() {
        n_marks = if is_mark(character) { n_marks + 1 } else { 0 };
        if is_unseen(character) || n_marks > MAX_MARKS {
            push_escape(&mut shown, character);
        } else {
            shown.push(character);
        }
    }
    Cow::Owned(shown)
}

/// As [`printable`], of text that has lines.
pub fn printable_lines(text: &str) -> String {
    text.split('\n').map(printable).collect::<Vec<_>>().join("\n")
}

fn has_too_many_marks(text: &str) -> bool {
    let mut n_marks = 0;
    text.chars().any(|character| {
        n_marks = if is_mark(character) { n_marks + 1 } else { 0 };
        n_marks > MAX_MARKS
    })
}

fn is_mark(character: char) -> bool {
    character.width() == Some(0) && !is_unseen(character)
}

/// The name of a file as one word of a command line that is there to be copied.
pub fn shell_word(path: &Path) -> String {
    let bytes = path.as_os_str().as_encoded_bytes();
    let start = if bytes.starts_with(b"-") { "./" } else { "" };
    let text = path.to_str().filter(|text| !text.chars().any(is_unseen) && !has_too_many_marks(text));
    let Some(text) = text else {
        let mut word = format!("{start}$'");
        for byte in bytes {
            match byte {
                b'\'' | b'\\' => word.extend(['\\', char::from(*byte)]),
                b' '..=b'~' => word.push(char::from(*byte)),
                // Octal, for a digit may come next.
                _ => drop(write!(word, "\\{byte:03o}")),
            }
        }
        return word + "'";
    };
    let is_plain = |letter: char| letter.is_alphanumeric() || "_-./:+,@%=".contains(letter);
    if !text.is_empty() && text.chars().all(is_plain) {
        return format!("{start}{text}");
    }
    format!("{start}'{}'", text.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_on_the_screen_is_escaped() {
        for (text, expected) in [
            ("app.Session", "app.Session"),
            ("größe 日本 🐍", "größe 日本 🐍"),
            ("a\nb\x1b[2J\x07", "a\\nb\\x1b[2J\\x07"),
            ("\u{202e}\u{2067}\u{9b}\u{2028}", "\\u202e\\u2067\\x9b\\u2028"),
            ("e\u{301}", "e\u{301}"),
        ] {
            assert_eq!(printable(text), expected);
            assert_eq!(printable(expected), expected);
        }
        let stacked = format!("a{}", "\u{301}".repeat(1_000));
        assert_eq!(printable(&stacked), format!("a{}{}", "\u{301}".repeat(8), "\\u0301".repeat(992)));
    }

    #[test]
    fn a_file_is_one_word_of_a_shell() {
        for (name, expected) in [
            ("/srv/snap-1.rkyv", "/srv/snap-1.rkyv"),
            ("größe.rkyv", "größe.rkyv"),
            ("a b", "'a b'"),
            ("it's;rm -rf $HOME", "'it'\\''s;rm -rf $HOME'"),
            ("-rf", "./-rf"),
            ("~", "'~'"),
            ("", "''"),
            ("a\n'\\1", "$'a\\012\\'\\\\1'"),
        ] {
            assert_eq!(shell_word(Path::new(name)), expected);
        }
    }

    #[test]
    #[cfg(unix)]
    fn a_file_name_need_not_be_unicode() {
        use std::ffi::OsStr;
        use std::os::unix::ffi::OsStrExt as _;

        assert_eq!(shell_word(Path::new(OsStr::from_bytes(b"a\xff1"))), "$'a\\3771'");
    }
}
