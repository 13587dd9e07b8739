//! A path as a value. Its text is [`Display`](fmt::Display), and reading that text gives the same value.

use std::borrow::Cow;
use std::fmt;

use heapview_snapshot::ObjectIx;

use crate::literal::quoted;

/// Where a path begins, and what follows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct PathExpr<'a> {
    pub anchor: Anchor<'a>,
    pub parts: Vec<Part<'a>>,
}

/// Where a path begins.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Anchor<'a> {
    /// A name of `__main__`, a module or a builtin, or a call that gives something well known: `get_ipython()`.
    Name(Cow<'a, str>),
    /// `<load() at app.py:9>`.
    Words(Words<'a>),
}

/// What follows an object on a path.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Part<'a> {
    /// `.name`.
    Attribute(Cow<'a, str>),
    /// `[key]`, a literal in canonical form.
    Item(Cow<'a, str>),
    /// `type(...)` around all that stands before.
    Type,
    /// `.<cache>`.
    Words(Words<'a>),
    /// `[<app.Point @1a2b>]`: what is kept under a key that has no literal, or where subscription gives something else.
    Entry(Words<'a>),
    /// `[*]`: any one key, in patterns.
    AnyKey,
    /// `.**`: further down the same structure, in patterns.
    Deeper,
}

/// What is no Python. With an id, one of several of the same words.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Words<'a> {
    pub text: Cow<'a, str>,
    pub id: Option<ObjectIx>,
}

/// Any one key or index.
pub(crate) const ANY_KEY: &str = "[*]";
/// Any number of steps further down the same structure.
pub(crate) const DEEPER: &str = ".**";
/// Stands between words and the id that tells them apart.
pub(super) const BEFORE_ID: &str = " @";

impl PathExpr<'_> {
    /// Whether the text is Python.
    pub fn is_expression(&self) -> bool {
        matches!(self.anchor, Anchor::Name(_))
            && self.parts.iter().all(|part| matches!(part, Part::Attribute(_) | Part::Item(_) | Part::Type))
    }

    /// Whether it stands for many paths.
    pub fn is_pattern(&self) -> bool {
        self.parts.iter().any(|part| matches!(part, Part::AnyKey | Part::Deeper))
    }
}

impl<'a> Words<'a> {
    pub fn of(text: impl Into<Cow<'a, str>>) -> Self {
        Self { text: text.into(), id: None }
    }
}

impl fmt::Display for PathExpr<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for _ in self.parts.iter().filter(|part| **part == Part::Type) {
            f.write_str("type(")?;
        }
        match &self.anchor {
            Anchor::Name(name) => f.write_str(name)?,
            Anchor::Words(words) => write!(f, "{words}")?,
        }
        for part in &self.parts {
            match part {
                Part::Attribute(name) => write!(f, ".{name}")?,
                Part::Item(key) => write!(f, "[{key}]")?,
                Part::Type => f.write_str(")")?,
                Part::Words(words) => write!(f, ".{words}")?,
                Part::Entry(words) => write!(f, "[{words}]")?,
                Part::AnyKey => f.write_str(ANY_KEY)?,
                Part::Deeper => f.write_str(DEEPER)?,
            }
        }
        Ok(())
    }
}

impl fmt::Display for Words<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.id {
            None => write!(f, "<{}>", self.text),
            Some(id) => write!(f, "<{} {id}>", self.text),
        }
    }
}

/// A name out of the snapshot as a part of words: as it is, or quoted where it could be taken for something else.
pub(crate) fn tame(name: &str) -> Cow<'_, str> {
    let mut depth = 0usize;
    let mut is_balanced = true;
    for character in name.chars() {
        match character {
            '<' => depth += 1,
            '>' if depth == 0 => is_balanced = false,
            '>' => depth -= 1,
            _ => {}
        }
    }
    let literal = quoted(name);
    let is_plain = !name.is_empty()
        && is_balanced
        && depth == 0
        && literal[1..literal.len() - 1] == *name
        && !name.contains(['"', '@'])
        && name.trim() == name;
    if is_plain { Cow::Borrowed(name) } else { Cow::Owned(literal) }
}

/// As [`tame`], for a label of heapview's own making, in which names stand in quotes: `greenlet 'run' at app.py:3`.
pub(crate) fn tame_label(label: &str) -> Cow<'_, str> {
    let without_quotes = label.replace('\'', "");
    let is_plain = label.matches('\'').count().is_multiple_of(2) && tame(&without_quotes) == without_quotes;
    if is_plain { Cow::Borrowed(label) } else { tame(label) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_stay_in_labels_and_only_in_pairs() {
        assert_eq!(tame_label("greenlet 'run' at app.py:3"), "greenlet 'run' at app.py:3");
        assert_eq!(
            tame_label("greenlet 'f.<locals>.run', g() at <stdin>:3"),
            "greenlet 'f.<locals>.run', g() at <stdin>:3"
        );
        assert_eq!(tame_label("it's"), tame("it's"));
        assert_eq!(tame_label("a 'b>' c"), tame("a 'b>' c"));
    }

    #[test]
    fn names_that_could_be_taken_for_more_are_quoted() {
        for name in ["cache", "<lambda>() at <stdin>:1", "f.<locals>.C", "größe", "module state"] {
            assert_eq!(tame(name), name);
        }
        for (name, expected) in [
            ("a->b", "'a->b'"),
            ("<", "'<'"),
            ("it's", "'it\\'s'"),
            ("a\nb\x1b", "'a\\nb\\x1b'"),
            ("x @1a", "'x @1a'"),
            (" x", "' x'"),
            ("", "''"),
            ("say \"x\"", "'say \"x\"'"),
        ] {
            assert_eq!(tame(name), expected);
        }
    }
}
