//! Cuts and wraps text to a width in cells. What is cut says so.

use std::borrow::Cow;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::printable::printable;

/// Stands where something was cut out.
const ELLIPSIS: char = '\u{2026}';

/// Width in cells of `text` as it is shown.
pub fn width(text: &str) -> usize {
    printable(text).width()
}

/// `text` without what would move the cursor, at most `max_width` cells wide; if cut, it ends in an ellipsis.
pub fn fit(text: &str, max_width: usize) -> String {
    let text = printable(text);
    if text.width() <= max_width {
        return text.into_owned();
    }
    let Some(room) = max_width.checked_sub(1) else { return String::new() };
    // What was cut before need not say so twice.
    let mut cut = head(&text, room).trim_end_matches(ELLIPSIS).to_owned();
    cut.push(ELLIPSIS);
    cut
}

/// As [`fit`], but cuts in the middle: of a path, the root and the last steps matter most.
pub fn fit_middle(text: &str, max_width: usize) -> String {
    let ends = ends(text);
    let text = printable(&ends);
    if text.width() <= max_width {
        return text.into_owned();
    }
    if max_width < 5 {
        return fit(&text, max_width);
    }
    let tail_width = (max_width - 1) * 2 / 3;
    let begin = head(&text, max_width - 1 - tail_width);
    format!("{begin}{ELLIPSIS}{}", tail(&text, tail_width))
}

/// Breaks `text` into lines of at most `max_width` cells, at spaces where there are any.
pub fn wrap(text: &str, max_width: usize) -> Vec<String> {
    let max_width = max_width.max(1);
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in printable(text).split(' ') {
        let gap = usize::from(!line.is_empty());
        if width(&line) + gap + width(word) <= max_width {
            if gap == 1 {
                line.push(' ');
            }
            line.push_str(word);
            continue;
        }
        if !line.is_empty() {
            lines.push(std::mem::take(&mut line));
        }
        let mut rest = word;
        while width(rest) > max_width {
            let begin = match head(rest, max_width) {
                // A character wider than the line still has to go somewhere.
                "" => &rest[..rest.chars().next().map_or(rest.len(), char::len_utf8)],
                begin => begin,
            };
            lines.push(begin.to_owned());
            rest = &rest[begin.len()..];
        }
        line.push_str(rest);
    }
    if !line.is_empty() || lines.is_empty() {
        lines.push(line);
    }
    lines
}

/// The two ends of a text too long to be drawn, such as the path along a list of a million links.
fn ends(text: &str) -> Cow<'_, str> {
    const LONG: usize = 4_096;
    let begin = text.char_indices().nth(LONG).map(|(at, _)| &text[..at]);
    let end = text.char_indices().rev().nth(LONG).map(|(at, _)| &text[at..]);
    match (begin, end) {
        (Some(begin), Some(end)) if begin.len() + end.len() < text.len() => {
            Cow::Owned(format!("{begin}{ELLIPSIS}{end}"))
        }
        _ => Cow::Borrowed(text),
    }
}

/// The longest beginning of `text` that is at most `max_width` cells wide.
fn head(text: &str, max_width: usize) -> &str {
    let mut used = 0;
    for (at, char) in text.char_indices() {
        used += char.width().unwrap_or(0);
        if used > max_width {
            return &text[..at];
        }
    }
    text
}

/// The longest end of `text` that is at most `max_width` cells wide.
fn tail(text: &str, max_width: usize) -> &str {
    let mut used = 0;
    for (at, char) in text.char_indices().rev() {
        used += char.width().unwrap_or(0);
        if used > max_width {
            return &text[at + char.len_utf8()..];
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_stays_and_what_does_not_says_so() {
        assert_eq!(fit("dict", 4), "dict");
        assert_eq!(fit("DataFrame", 5), "Data\u{2026}");
        assert_eq!(fit("\u{6f22}\u{5b57}\u{6f22}", 4), "\u{6f22}\u{2026}");
        assert_eq!(fit("a\nb\x1b[1m", 12), "a\\nb\\x1b[1m");
        assert_eq!(fit("dict", 0), "");
    }

    #[test]
    fn a_path_keeps_both_ends() {
        assert_eq!(fit_middle("__main__.cache.entries[5]", 14), "__mai\u{2026}tries[5]");
        assert_eq!(width(&fit_middle("__main__.cache.entries[5]", 14)), 14);
        assert_eq!(fit_middle("Out[5]", 14), "Out[5]");
        let long = format!("head{}[5]", ".next".repeat(1_000_000));
        assert_eq!(fit_middle(&long, 10), "hea\u{2026}ext[5]");
    }

    #[test]
    fn lines_break_at_spaces_and_long_words_anywhere() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("abcdefgh ij", 3), ["abc", "def", "gh", "ij"]);
        assert_eq!(wrap("", 3), [""]);
        assert_eq!(wrap("\u{6f22}\u{5b57}", 1), ["\u{6f22}", "\u{5b57}"]);
    }
}
