//! A path as a value. Its text is [`Display`](fmt::Display), and reading that text gives the same value.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use heapview_snapshot::ObjectIx;

use crate::literal::quoted;

/// A chain of references as a value: where it begins, and what follows.
///
/// Texts are shared, so a part takes 24 bytes. Paths are in the order of their parts, from the first on.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct PathExpr {
    pub anchor: Anchor,
    pub parts: Vec<Part>,
}

/// Where a path begins.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Anchor {
    /// A name of `__main__`, a module or a builtin, or a call that gives something well known: `get_ipython()`.
    Name(Arc<str>),
    /// `<load() at app.py:9>`.
    Words(Box<Words>),
}

/// What follows an object on a path.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Part {
    /// `.name`.
    Attribute(Arc<str>),
    /// `[5]`: an index, or a key that is such a number.
    Index(u32),
    /// `[key]`: any other literal in canonical form; [`Part::item`] tells them apart.
    Key(Arc<str>),
    /// `type(...)` around all that stands before.
    Type,
    /// `.<closure 'model'>`: what a function keeps of a variable of the function around it.
    Closure(Arc<str>),
    /// `.<local 'x'>`: a variable of a frame, a generator, a coroutine or a greenlet.
    Local(Arc<str>),
    /// `.<cache>`.
    Words(Box<Words>),
    /// `[<app.Point @1a2b>]`: what is kept under a key that has no literal, or where subscription gives something else.
    Entry(Box<Words>),
    /// `[*]`: any one key, in patterns.
    AnyKey,
    /// `.**`: further down the same structure, in patterns.
    Deeper,
}

/// What is no Python. With an id, one of several of the same words.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Words {
    pub text: Arc<str>,
    pub id: Option<ObjectIx>,
}

/// Any one key or index.
pub(crate) const ANY_KEY: &str = "[*]";
/// Any number of steps further down the same structure.
pub(crate) const DEEPER: &str = ".**";
/// Stands between words and the id that tells them apart.
pub(super) const BEFORE_ID: &str = " @";
/// What stands before the name of a variable.
pub(super) const CLOSURE: &str = "closure ";
pub(super) const LOCAL: &str = "local ";

impl PathExpr {
    /// Whether the text is Python. O(parts).
    pub fn is_expression(&self) -> bool {
        matches!(self.anchor, Anchor::Name(_)) && self.parts.iter().all(Part::is_python)
    }

    /// Whether it stands for many paths. O(parts).
    pub fn is_pattern(&self) -> bool {
        self.parts.iter().any(|part| matches!(part, Part::AnyKey | Part::Deeper))
    }

    /// The name that it begins with, without a call's parentheses; `None` if it begins with words.
    pub fn first_name(&self) -> Option<&str> {
        match &self.anchor {
            Anchor::Name(name) => name.split('(').next(),
            Anchor::Words(_) => None,
        }
    }

    /// Whether it ends in brackets.
    pub fn ends_with_item(&self) -> bool {
        matches!(self.parts.last(), Some(Part::Index(_) | Part::Key(_) | Part::Entry(_) | Part::AnyKey))
    }
}

impl Part {
    /// `[key]` for a literal in canonical form.
    pub fn item(key: impl Into<Arc<str>>) -> Self {
        let key = key.into();
        let is_index = key.bytes().all(|byte| byte.is_ascii_digit());
        let index = if is_index { key.parse().ok() } else { None };
        index.map_or(Self::Key(key), Self::Index)
    }

    pub(super) fn words(words: Words) -> Self {
        Self::Words(Box::new(words))
    }

    pub(super) fn entry(words: Words) -> Self {
        Self::Entry(Box::new(words))
    }

    pub(super) fn is_python(&self) -> bool {
        matches!(self, Self::Attribute(_) | Self::Index(_) | Self::Key(_) | Self::Type)
    }
}

impl Words {
    pub(crate) fn of(text: impl Into<Arc<str>>) -> Self {
        Self { text: text.into(), id: None }
    }
}

impl fmt::Display for PathExpr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for _ in self.parts.iter().filter(|part| **part == Part::Type) {
            f.write_str("type(")?;
        }
        match &self.anchor {
            Anchor::Name(name) => f.write_str(name)?,
            Anchor::Words(words) => write!(f, "{words}")?,
        }
        self.parts.iter().try_for_each(|part| write!(f, "{part}"))
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Attribute(name) => write!(f, ".{name}"),
            Self::Index(index) => write!(f, "[{index}]"),
            Self::Key(key) => write!(f, "[{key}]"),
            Self::Type => f.write_str(")"),
            Self::Closure(name) => write!(f, ".<{CLOSURE}{}>", quoted(name)),
            Self::Local(name) => write!(f, ".<{LOCAL}{}>", quoted(name)),
            Self::Words(words) => write!(f, ".{words}"),
            Self::Entry(words) => write!(f, "[{words}]"),
            Self::AnyKey => f.write_str(ANY_KEY),
            Self::Deeper => f.write_str(DEEPER),
        }
    }
}

impl fmt::Display for Words {
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
