//! Where in the text of a path its words, its keys and its quotes are. Knows no heap.

use std::borrow::Cow;
use std::ops::Range;

/// Where a path is words: the ranges of its `<...>`, in bytes.
pub fn words_in(path: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(offset) = path[at..].find(['<', '\'', '"']) {
        let start = at + offset;
        let end = if path[start..].starts_with('<') {
            words_end(&path[start..]).map(|len| start + len)
        } else {
            quote_end(&path[start..]).map(|len| start + len)
        };
        let Some(end) = end else { break };
        if path[start..].starts_with('<') {
            found.push(start..end);
        }
        at = end;
    }
    found
}

/// The path without the angle brackets that say what is no Python.
pub(crate) fn without_brackets(path: &str) -> Cow<'_, str> {
    let words = words_in(path);
    if words.is_empty() {
        return path.into();
    }
    let mut answer = String::with_capacity(path.len());
    let mut at = 0;
    for range in words {
        answer.extend([&path[at..range.start], &path[range.start + 1..range.end - 1]]);
        at = range.end;
    }
    answer.push_str(&path[at..]);
    answer.into()
}

/// Bytes from `[` at the beginning to its `]`; what stands in quotes does not count.
pub(crate) fn key_len(text: &str) -> Option<usize> {
    let mut at = text.starts_with('[').then_some(1)?;
    loop {
        at += text[at..].find([']', '\'', '"'])?;
        match text.as_bytes()[at] {
            b']' => return Some(at + 1),
            _ => at += quote_end(&text[at..])?,
        }
    }
}

/// Bytes of a text in quotes, from its first quote to its last.
pub(super) fn quote_end(text: &str) -> Option<usize> {
    let mut characters = text.char_indices();
    let (_, quote) = characters.next()?;
    while let Some((at, character)) = characters.next() {
        match character {
            '\\' => drop(characters.next()),
            _ if character == quote => return Some(at + character.len_utf8()),
            _ => {}
        }
    }
    None
}

/// Bytes from `<` to its `>`; what stands in quotes does not count.
pub(super) fn words_end(text: &str) -> Option<usize> {
    let mut depth = 0usize;
    let mut at = 0;
    while let Some(offset) = text[at..].find(['<', '>', '\'', '"']) {
        at += offset;
        match text.as_bytes()[at] {
            b'<' => depth += 1,
            b'>' => {
                depth -= 1;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            _ => {
                at += quote_end(&text[at..])?;
                continue;
            }
        }
        at += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_outside_of_quotes() {
        let shown =
            |path: &str| words_in(path).into_iter().map(|range| path[range].to_owned()).collect::<Vec<_>>();
        assert_eq!(shown("a['<x>'].<cache>[<app.P @1>].b"), ["<cache>", "<app.P @1>"]);
        assert_eq!(shown("<<module> at <stdin>:1>.<local '>'>"), ["<<module> at <stdin>:1>", "<local '>'>"]);
        assert_eq!(shown("a.b[0]"), Vec::<String>::new());
        assert_eq!(shown("a.<b"), Vec::<String>::new());
    }
}
