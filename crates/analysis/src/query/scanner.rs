//! Words, operators and values of a query, from left to right.

use std::ops::Range;

use super::error::QueryError;
use crate::path::key_len;

const OPERATORS: [&str; 9] = [">=", "<=", "==", "!=", ">", "<", "=", ":", "~"];

/// Reads a query.
pub(super) struct Scanner<'a> {
    pub text: &'a str,
    /// Byte position; always on a character boundary.
    pub at: usize,
}

/// A value and where it stands.
pub(super) struct Value {
    pub text: String,
    pub span: Range<usize>,
}

impl<'a> Scanner<'a> {
    pub(super) fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    pub(super) fn skip_space(&mut self) {
        self.at = self.text.len() - self.rest().trim_start().len();
    }

    pub(super) fn eat(&mut self, character: char) -> bool {
        let is_there = self.rest().starts_with(character);
        if is_there {
            self.at += character.len_utf8();
        }
        is_there
    }

    /// The characters up to a space, an operator, a parenthesis or a quote; may be empty.
    pub(super) fn word(&mut self) -> (&'a str, Range<usize>) {
        let rest = self.rest();
        let ends = |character: char| {
            character.is_whitespace()
                || matches!(character, '(' | ')' | '"' | '\'' | ':' | '~' | '<' | '>' | '=' | '!')
        };
        let len = rest.find(ends).unwrap_or(rest.len());
        let span = self.at..self.at + len;
        self.at = span.end;
        (&rest[..len], span)
    }

    /// The operator that stands here or after spaces. Spaces are left alone if there is none.
    pub(super) fn operator(&mut self) -> Option<(&'static str, Range<usize>)> {
        let start = self.text.len() - self.rest().trim_start().len();
        let operator = OPERATORS.into_iter().find(|operator| self.text[start..].starts_with(operator))?;
        self.at = start + operator.len();
        Some((operator, start..self.at))
    }

    /// A value: in quotes, with `\` before a quote or a backslash, or up to a space or an unmatched parenthesis.
    /// What stands in brackets belongs to it, spaces and all.
    pub(super) fn value(&mut self) -> Result<Value, QueryError> {
        self.skip_space();
        let start = self.at;
        if let Some(quote @ ('"' | '\'')) = self.rest().chars().next() {
            return self.quoted(quote);
        }
        let end = start + bare_len(self.rest());
        self.at = end;
        Ok(Value { text: self.text[start..end].to_owned(), span: start..end })
    }

    fn quoted(&mut self, quote: char) -> Result<Value, QueryError> {
        let start = self.at;
        let mut text = String::new();
        let mut characters = self.rest().char_indices().skip(1);
        while let Some((at, character)) = characters.next() {
            if character == quote {
                self.at = start + at + quote.len_utf8();
                return Ok(Value { text, span: start..self.at });
            }
            if character != '\\' {
                text.push(character);
                continue;
            }
            match characters.next() {
                Some((_, escaped @ ('"' | '\'' | '\\'))) => text.push(escaped),
                Some((_, other)) => text.extend(['\\', other]),
                None => text.push('\\'),
            }
        }
        Err(QueryError::new(
            start..self.text.len(),
            format!("expected {quote} at the end of the text, found the end of the query"),
        ))
    }
}

fn bare_len(rest: &str) -> usize {
    let mut n_open = 0usize;
    let mut at = 0;
    while let Some(character) = rest[at..].chars().next() {
        match character {
            '[' => {
                if let Some(len) = key_len(&rest[at..]) {
                    at += len;
                    continue;
                }
            }
            '(' => n_open += 1,
            ')' if n_open == 0 => break,
            ')' => n_open -= 1,
            character if character.is_whitespace() => break,
            _ => {}
        }
        at += character.len_utf8();
    }
    at
}
