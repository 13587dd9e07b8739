//! Wildcards: `*` in names, and in paths, where `[*]` stands for exactly one key. Which parts of a path are no Python
//! need not be known: the angle brackets around words may be left out.

use crate::literal::quoted;
use crate::path::{ANY_KEY, Anchor, DEEPER, Part as PathPart, PathExpr, key_len, without_brackets};

/// Characters that stand for what is no character in a path.
const OPEN: char = '\u{1}';
const CLOSE: char = '\u{2}';
const DEEP: char = '\u{3}';

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Part {
    Character(char),
    /// Any text, none included.
    Any,
    /// One subscript, whatever is in it.
    Subscript,
}

/// A text with wildcards.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Glob {
    parts: Vec<Part>,
}

/// What a path pattern says of the paths it stands for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Answer {
    /// None of them matches.
    None,
    /// All of them match.
    All,
    /// Each has to be looked at.
    Some,
}

impl Answer {
    /// Never 0.
    pub(super) fn code(self) -> u8 {
        match self {
            Self::None => 1,
            Self::All => 2,
            Self::Some => 3,
        }
    }

    pub(super) fn from_code(code: u8) -> Option<Self> {
        [Self::None, Self::All, Self::Some].into_iter().find(|answer| answer.code() == code)
    }
}

/// A path with wildcards.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct PathGlob {
    strict: Glob,
    /// Every subscript stands for any.
    relaxed: Glob,
}

impl Glob {
    /// A name in which only `*` means something.
    pub(super) fn of_name(text: &str) -> Self {
        let part = |character| if character == '*' { Part::Any } else { Part::Character(character) };
        Self { parts: text.chars().map(part).collect() }
    }

    pub(super) fn matches(&self, text: &str) -> bool {
        self.run(&text.chars().collect::<Vec<_>>()) == Run::Matched
    }

    /// The classic search with one point to go back to. O(product of the lengths).
    fn run(&self, text: &[char]) -> Run {
        let (mut part, mut at) = (0, 0);
        let mut back: Option<(usize, usize)> = None;
        let mut saw_deeper = false;
        loop {
            let advanced = match self.parts.get(part) {
                None if at == text.len() => return Run::Matched,
                None => None,
                Some(Part::Any) => {
                    back = Some((part + 1, at));
                    part += 1;
                    continue;
                }
                Some(wanted) => {
                    saw_deeper |= text.get(at) == Some(&DEEP);
                    advance(*wanted, text, at)
                }
            };
            match (advanced, &mut back) {
                (Some(next), _) => {
                    part += 1;
                    at = next;
                }
                (None, Some((after, from))) if *from < text.len() => {
                    *from += 1;
                    (part, at) = (*after, *from);
                }
                (None, _) => {
                    saw_deeper |= text.get(at) == Some(&DEEP);
                    return if saw_deeper { Run::Deeper } else { Run::Failed };
                }
            }
        }
    }
}

#[derive(PartialEq, Eq)]
enum Run {
    Matched,
    Failed,
    /// Failed, but came to where the text stands for many.
    Deeper,
}

fn advance(wanted: Part, text: &[char], at: usize) -> Option<usize> {
    match wanted {
        Part::Character(character) => (text.get(at) == Some(&character)).then_some(at + 1),
        Part::Subscript => {
            let len = text.get(at..)?.iter().position(|character| *character == CLOSE)?;
            (text.get(at) == Some(&OPEN)).then_some(at + len + 1)
        }
        Part::Any => Some(at),
    }
}

impl PathGlob {
    /// `contains`: a part of the path is enough.
    pub(super) fn new(text: &str, contains: bool) -> Self {
        let (mut strict, mut relaxed) = (Vec::new(), Vec::new());
        if contains {
            strict.push(Part::Any);
        }
        let text = without_brackets(text);
        let mut rest = text.trim();
        let mut is_whole = true;
        while let Some(character) = rest.chars().next() {
            if let Some(after) = rest.strip_prefix(DEEPER) {
                strict.push(Part::Any);
                rest = after;
                continue;
            }
            let subscript = key_len(rest);
            let Some(len) = subscript else {
                is_whole &= !matches!(character, '[' | ']');
                strict.push(match character {
                    '*' => Part::Any,
                    '[' => Part::Character(OPEN),
                    ']' => Part::Character(CLOSE),
                    other => Part::Character(other),
                });
                rest = &rest[character.len_utf8()..];
                continue;
            };
            if &rest[..len] == ANY_KEY {
                strict.push(Part::Subscript);
            } else {
                strict.push(Part::Character(OPEN));
                strict.extend(canonical_key(&rest[1..len - 1]).chars().map(|character| match character {
                    '*' => Part::Any,
                    other => Part::Character(other),
                }));
                strict.push(Part::Character(CLOSE));
            }
            rest = &rest[len..];
        }
        if contains {
            strict.push(Part::Any);
        }
        if !is_whole {
            // Half a subscript: nothing can be said without the very path.
            return Self { strict: Glob { parts: strict }, relaxed: Glob { parts: vec![Part::Any] } };
        }
        let mut is_inside = false;
        for part in &strict {
            match part {
                Part::Character(OPEN) => {
                    relaxed.push(Part::Subscript);
                    is_inside = true;
                }
                Part::Character(CLOSE) => is_inside = false,
                _ if is_inside => {}
                part => relaxed.push(*part),
            }
        }
        Self { strict: Glob { parts: strict }, relaxed: Glob { parts: relaxed } }
    }

    /// Whether the very path matches.
    pub(super) fn matches(&self, path: &PathExpr) -> bool {
        self.strict.run(&marked(path)) == Run::Matched
    }

    /// Whether the paths that a pattern stands for match.
    pub(super) fn answer(&self, pattern: &PathExpr) -> Answer {
        let text = marked(pattern);
        let is_open = text.contains(&DEEP) || text.windows(3).any(|three| three == [OPEN, '*', CLOSE]);
        match self.strict.run(&text) {
            Run::Matched => Answer::All,
            Run::Deeper => Answer::Some,
            Run::Failed if is_open && self.relaxed.run(&text) != Run::Failed => Answer::Some,
            // A wildcard may find the rest inside a key that the pattern does not tell.
            Run::Failed
                if is_open
                    && self.strict.parts.contains(&Part::Any)
                    && self.strict.run(&with_keys_untold(&text)) == Run::Deeper =>
            {
                Answer::Some
            }
            Run::Failed => Answer::None,
        }
    }
}

/// The text with every `[*]` standing for any text at all.
fn with_keys_untold(text: &[char]) -> Vec<char> {
    let mut answer = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, after)) = rest.split_first() {
        if let Some(after) = rest.strip_prefix(&[OPEN, '*', CLOSE]) {
            answer.push(DEEP);
            rest = after;
        } else {
            answer.push(*first);
            rest = after;
        }
    }
    answer
}

/// The path's characters, with those of its subscripts and of what goes deeper told from those in keys.
fn marked(path: &PathExpr) -> Vec<char> {
    let mut marks = Vec::new();
    for _ in path.parts.iter().filter(|part| **part == PathPart::Type) {
        marks.extend("type(".chars());
    }
    match &path.anchor {
        Anchor::Name(name) => marks.extend(name.chars()),
        Anchor::Words(words) => marks.extend(without_brackets(&words.to_string()).chars()),
    }
    for part in &path.parts {
        let text = part.to_string();
        let text = without_brackets(&text);
        match part {
            PathPart::Index(_) | PathPart::Key(_) | PathPart::Entry(_) | PathPart::AnyKey => {
                marks.push(OPEN);
                marks.extend(text[1..text.len() - 1].chars());
                marks.push(CLOSE);
            }
            PathPart::Deeper => marks.push(DEEP),
            _ => marks.extend(text.chars()),
        }
    }
    marks
}

/// `"key"` as paths write it: `'key'`.
fn canonical_key(key: &str) -> String {
    let inner = key.strip_prefix('"').and_then(|key| key.strip_suffix('"'));
    inner.filter(|inner| !inner.contains('\\')).map_or_else(|| key.to_owned(), quoted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> PathExpr {
        text.parse().unwrap()
    }

    #[test]
    fn names_with_wildcards() {
        for (glob, text, expected) in [
            ("dict", "dict", true),
            ("dict", "dict2", false),
            ("*Frame", "DataFrame", true),
            ("Data*", "DataFrame", true),
            ("*a*a*", "banana", true),
            ("*x*", "banana", false),
            ("", "", true),
            ("*", "", true),
            ("a*b", "axxb", true),
            ("a*b", "axxbc", false),
        ] {
            assert_eq!(Glob::of_name(glob).matches(text), expected, "{glob} {text}");
        }
    }

    #[test]
    fn a_star_in_brackets_is_one_key() {
        for (glob, text, expected) in [
            ("CACHE[*]", "CACHE['a']", true),
            ("CACHE[*]", "CACHE['a]b[']", true),
            ("CACHE[*]", "CACHE['a'][3]", false),
            ("CACHE[*]", "CACHE['a'].x", false),
            ("CACHE*", "CACHE['a'][3]", true),
            ("CACHE[\"a\"]", "CACHE['a']", true),
            ("CACHE['user-*'].x", "CACHE['user-1'].x", true),
            ("CACHE['user-*'].x", "CACHE['admin'].x", false),
            ("*.history", "S['.history']", false),
            ("*.history", "S[1].history", true),
            ("f.cache[*]", "f.<cache>['k']", true),
            ("f.<cache>[*]", "f.<cache>['k']", true),
            ("f.<cache>['<k>']", "f.<cache>['k']", false),
            ("f[0].local 'x'", "f[<0>].<local 'x'>", true),
        ] {
            assert_eq!(PathGlob::new(glob, false).matches(&path(text)), expected, "{glob} {text}");
        }
        assert!(PathGlob::new("history", true).matches(&path("S[1].history[2]")));
    }

    #[test]
    fn a_pattern_answers_for_its_paths() {
        for (glob, pattern, expected) in [
            ("S[*].history", "S[*].history", Answer::All),
            ("S[1].history", "S[*].history", Answer::Some),
            ("S[1].other", "S[*].history", Answer::None),
            ("S['a']", "S['b']", Answer::None),
            ("T*", "T.**.children", Answer::All),
            ("T.**.children", "T.**.children", Answer::All),
            ("T.children", "T.**.children", Answer::Some),
            ("T.children", "U.**.children", Answer::None),
            ("T.a.b", "T.**", Answer::Some),
            ("S[*", "S['a']", Answer::All),
            ("S['a*", "S[*]", Answer::Some),
            ("*user-1*", "S[*].x", Answer::Some),
            ("T*user-1*", "S[*].x", Answer::None),
        ] {
            assert_eq!(PathGlob::new(glob, false).answer(&path(pattern)), expected, "{glob} {pattern}");
        }
    }
}
