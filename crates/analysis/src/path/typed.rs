//! Literals as people type them, in the one form that paths have.

use std::borrow::Cow;

/// `-5`, of any length.
pub(super) fn integer(word: &str) -> Option<String> {
    let (sign, digits) = match word.strip_prefix(['-', '+']) {
        Some(digits) => (if word.starts_with('-') { "-" } else { "" }, digits),
        None => ("", word),
    };
    let digits: Cow<'_, str> =
        if digits.contains('_') { digits.replace('_', "").into() } else { digits.into() };
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some(match digits.trim_start_matches('0') {
        "" => "0".to_owned(),
        digits => format!("{sign}{digits}"),
    })
}

/// The text that a literal's inside stands for; an error is the escape that is none.
pub(super) fn unescaped(inside: &str) -> Result<String, String> {
    let mut text = String::with_capacity(inside.len());
    let mut characters = inside.chars();
    while let Some(character) = characters.next() {
        if character != '\\' {
            text.push(character);
            continue;
        }
        let n_digits = match characters.next() {
            Some('n') => {
                text.push('\n');
                continue;
            }
            Some('r') => {
                text.push('\r');
                continue;
            }
            Some('t') => {
                text.push('\t');
                continue;
            }
            Some('x') => 2,
            Some('u') => 4,
            Some('U') => 8,
            Some(other) => {
                text.push(other);
                continue;
            }
            None => break,
        };
        let digits: String = characters.by_ref().take(n_digits).collect();
        let code = u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32);
        text.push(code.ok_or_else(|| format!("\\{digits}"))?);
    }
    Ok(text)
}

/// The inside of a bytes literal as previews have it: one way to write each byte.
pub(super) fn canonical_bytes(inside: &str) -> String {
    let mut answer = String::with_capacity(inside.len());
    let mut characters = inside.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => match characters.next() {
                Some('n') => answer.push_str("\\x0a"),
                Some('r') => answer.push_str("\\x0d"),
                Some('t') => answer.push_str("\\x09"),
                Some('"') => answer.push('"'),
                Some('x') => {
                    answer.push_str("\\x");
                    answer.extend(characters.by_ref().take(2).map(|digit| digit.to_ascii_lowercase()));
                }
                Some(other) => answer.extend(['\\', other]),
                None => {}
            },
            '\'' => answer.push_str("\\'"),
            other => answer.push(other),
        }
    }
    answer
}
