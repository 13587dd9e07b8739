//! Reads paths as people type them and as they are printed. Knows no heap.

use std::str::FromStr;
use std::sync::Arc;

use heapview_snapshot::ObjectIx;

use super::expr::{ANY_KEY, Anchor, BEFORE_ID, CLOSURE, LOCAL, Part, PathExpr, Words};
use super::spans::{quote_end, words_end};
use super::typed::{canonical_bytes, integer, unescaped};
use crate::literal::{float_literal, quoted, tuple};
use crate::selection::SelectorError;

/// Tuples in tuples deeper than this are no keys.
const MAX_DEPTH: usize = 8;

/// A path, and where in its text each part begins.
pub(super) struct Parsed {
    pub path: PathExpr,
    pub starts: Vec<usize>,
}

/// Reads the whole text. O(length).
pub(super) fn parse(text: &str) -> Result<Parsed, SelectorError> {
    let mut parser = Parser { text, at: 0 };
    let mut n_open = 0;
    while parser.eat_type() {
        n_open += 1;
    }
    let anchor = parser.anchor()?;
    let (mut parts, mut starts) = (Vec::new(), Vec::new());
    loop {
        parser.skip_spaces();
        let start = parser.at;
        if parser.rest().is_empty() && n_open == 0 {
            return Ok(Parsed { path: PathExpr { anchor, parts }, starts });
        }
        let part = if n_open > 0 && parser.eat(")") {
            n_open -= 1;
            Part::Type
        } else {
            parser.part(n_open > 0)?
        };
        parts.push(part);
        starts.push(start);
    }
}

impl FromStr for PathExpr {
    type Err = SelectorError;

    /// Reads a path as people type it and as it is printed. O(length).
    fn from_str(text: &str) -> Result<Self, SelectorError> {
        parse(text).map(|parsed| parsed.path)
    }
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Parser<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn skip_spaces(&mut self) {
        self.at = self.text.len() - self.rest().trim_start().len();
    }

    fn eat(&mut self, expected: &str) -> bool {
        let found = self.rest().starts_with(expected);
        self.at += if found { expected.len() } else { 0 };
        found
    }

    fn expect(&mut self, expected: &str) -> Result<(), SelectorError> {
        self.skip_spaces();
        if self.eat(expected) { Ok(()) } else { Err(self.error(&format!("expected '{expected}'"))) }
    }

    fn error(&self, expected: &str) -> SelectorError {
        let found = self.rest().chars().next().map_or("the end".to_owned(), |found| format!("'{found}'"));
        SelectorError::at(self.at, format!("{expected}, found {found}"))
    }

    /// `type(`.
    fn eat_type(&mut self) -> bool {
        self.skip_spaces();
        let after = self.rest().strip_prefix("type").map(str::trim_start);
        let inside = after.and_then(|after| after.strip_prefix('('));
        if let Some(inside) = inside {
            self.at = self.text.len() - inside.len();
        }
        inside.is_some()
    }

    fn anchor(&mut self) -> Result<Anchor, SelectorError> {
        self.skip_spaces();
        let start = self.at;
        if self.rest().starts_with('<') {
            return self.words().map(|words| Anchor::Words(Box::new(words)));
        }
        let name = self.name_or_call().map_err(|_| {
            SelectorError::at(
                start,
                "expected @id, an address 0x.., type:NAME, or a path such as Out[5] or cached.<cache>['k']",
            )
        })?;
        if name == "__import__" && self.eat("(") {
            let module = self.literal(MAX_DEPTH)?;
            self.expect(")")?;
            return Ok(Anchor::Name(format!("__import__({module})").into()));
        }
        Ok(Anchor::Name(name.into()))
    }

    /// `is_open`: a parenthesis has not been closed yet.
    fn part(&mut self, is_open: bool) -> Result<Part, SelectorError> {
        if self.eat(ANY_KEY) {
            return Ok(Part::AnyKey);
        }
        if self.eat("[") {
            self.skip_spaces();
            let part = if self.rest().starts_with('<') {
                Part::entry(self.words()?)
            } else {
                Part::item(self.literal(0)?)
            };
            self.expect("]")?;
            return Ok(part);
        }
        if !self.eat(".") {
            let expected =
                if is_open { "expected ')', '.name' or '[key]'" } else { "expected '.name' or '[key]'" };
            return Err(self.error(expected));
        }
        if self.eat("**") {
            return Ok(Part::Deeper);
        }
        self.skip_spaces();
        if self.rest().starts_with('<') {
            return self.words().map(|words| variable(&words).unwrap_or_else(|| Part::words(words)));
        }
        self.name_or_call().map(|name| Part::Attribute(name.into()))
    }

    /// `<...>`, with an id at the end or without.
    fn words(&mut self) -> Result<Words, SelectorError> {
        let Some(len) = words_end(self.rest()) else {
            return Err(SelectorError::at(self.at, "this '<' has no '>'"));
        };
        let inside = &self.rest()[1..len - 1];
        self.at += len;
        let with_id = inside.rsplit_once(BEFORE_ID).and_then(|(text, id)| {
            let id: ObjectIx = format!("@{id}").parse().ok()?;
            Some(Words { text: text.into(), id: Some(id) })
        });
        Ok(with_id.unwrap_or_else(|| Words::of(inside)))
    }

    /// A name, with the parentheses of a call if they follow: `x.untyped_storage()`.
    fn name_or_call(&mut self) -> Result<&'a str, SelectorError> {
        let rest = self.rest();
        let is_part = |character: char| character.is_alphanumeric() || character == '_';
        let length = rest.find(|character| !is_part(character)).unwrap_or(rest.len());
        if length == 0 || rest.starts_with(|first: char| first.is_numeric()) {
            return Err(self.error("expected a name"));
        }
        self.at += length;
        Ok(if self.eat("()") { &rest[..length + 2] } else { &rest[..length] })
    }

    /// A literal in canonical form.
    fn literal(&mut self, depth: usize) -> Result<String, SelectorError> {
        self.skip_spaces();
        let rest = self.rest();
        if rest.starts_with(['\'', '"']) {
            return self.string().map(|text| quoted(&text));
        }
        if rest.starts_with("b'") || rest.starts_with("b\"") {
            self.at += 1;
            let Some(len) = quote_end(self.rest()) else {
                return Err(SelectorError::at(self.at, "this text has no closing quote"));
            };
            let inside = &self.rest()[1..len - 1];
            self.at += len;
            return Ok(format!("b'{}'", canonical_bytes(inside)));
        }
        if depth < MAX_DEPTH && self.eat("(") {
            let mut items = Vec::new();
            loop {
                self.skip_spaces();
                if self.eat(")") {
                    return Ok(tuple(&items));
                }
                items.push(self.literal(depth + 1)?);
                self.skip_spaces();
                if !self.eat(",") {
                    self.expect(")")?;
                    return Ok(tuple(&items));
                }
            }
        }
        let length = rest
            .find(|character: char| {
                !(character.is_alphanumeric() || matches!(character, '_' | '-' | '+' | '.'))
            })
            .unwrap_or(rest.len());
        let word = &rest[..length];
        let literal = if matches!(word, "None" | "True" | "False") {
            Some(word.to_owned())
        } else {
            integer(word).or_else(|| float_literal(&word.replace('_', "")))
        };
        self.at += literal.as_ref().map_or(0, |_| length);
        literal.ok_or_else(|| {
            self.error("expected a key: a number, a quoted text, None, True, False, or a tuple of these")
        })
    }

    fn string(&mut self) -> Result<String, SelectorError> {
        let start = self.at;
        let Some(len) = quote_end(self.rest()) else {
            return Err(SelectorError::at(start, "this text has no closing quote"));
        };
        let inside = &self.rest()[1..len - 1];
        self.at += len;
        unescaped(inside).map_err(|escape| SelectorError::at(start, format!("'{escape}' is no character")))
    }
}

/// The variable that words name: `local 'x'`.
fn variable(words: &Words) -> Option<Part> {
    let named = |before: &str| {
        let literal = words.text.strip_prefix(before).filter(|_| words.id.is_none())?;
        let is_whole = literal.starts_with('\'') && quote_end(literal) == Some(literal.len());
        let name = unescaped(&literal[1..literal.len().checked_sub(1).filter(|_| is_whole)?]).ok()?;
        (quoted(&name) == literal).then(|| Arc::from(name))
    };
    named(LOCAL).map(Part::Local).or_else(|| named(CLOSURE).map(Part::Closure))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(text: &str) -> String {
        match parse(text) {
            Ok(parsed) => parsed.path.to_string(),
            Err(error) => format!("{}: {error}", error.at.unwrap_or(usize::MAX)),
        }
    }

    #[test]
    fn a_printed_path_is_read_as_it_was() {
        for path in [
            "Out[5]",
            "a.b['it\\'s'][(1, 'x', (2.5, None))].c",
            "sys.modules['a.b']",
            "__import__('sys').modules['x']",
            "get_ipython().user_ns['x']",
            "type(a.b).__dict__['x']",
            "type(type(a)['k'])",
            "<load() at app.py:9, thread 'MainThread'>.<local 'x'>",
            "TASKS['a'].callback.<closure 'model'>[5]['5']",
            "<f() at a.py:1>.<local 'x' @1a>.<closure 'it\\'s'>.<local ''>.<local x>",
            "<<module> at <stdin>:1>.<local '>'>",
            "<held from C: app.f.<locals>.C @1a2b>.<+0x18>.x",
            "CACHE[<app.Point @1a2b>].<member 'a>b\\'c'>",
            "quote.<cache>[('AAPL', 3)].<link>",
            "x.<'a->b'>",
            "a[<0>].<__dict__>['x\\n -> [*]']",
            "S[*].history.**",
            "a[-5][340282366920938463463374607431768211456][1e22][b'\\x00\\'']",
        ] {
            assert_eq!(printed(path), path);
            let parsed = parse(path).unwrap();
            assert_eq!(parse(&parsed.path.to_string()).unwrap().path, parsed.path);
            assert_eq!(parsed.starts.len(), parsed.path.parts.len());
        }
    }

    #[test]
    fn other_ways_to_write_it_are_the_same() {
        for (typed, expected) in [
            ("  Out [ 5 ] ", "Out[5]"),
            ("a[\"k\"]", "a['k']"),
            ("a[\"it's\"]", "a['it\\'s']"),
            ("a[1_000]", "a[1000]"),
            ("a[007][-0][1.50]", "a[7][0][1.5]"),
            ("a[b\"x'\\n\"]", "a[b'x\\'\\x0a']"),
            ("a['\\u0041']", "a['A']"),
            ("type ( a )", "type(a)"),
            ("__import__(\"sys\")", "__import__('sys')"),
        ] {
            assert_eq!(printed(typed), expected, "{typed}");
        }
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        for (typed, expected) in [
            ("", "0: expected @id"),
            ("5", "0: expected @id"),
            ("a b", "2: expected '.name' or '[key]', found 'b'"),
            ("a[", "2: expected a key"),
            ("a[0x]", "2: expected a key"),
            ("a['x", "2: this text has no closing quote"),
            ("a[1", "3: expected ']', found the end"),
            ("a.<x", "2: this '<' has no '>'"),
            ("a.<x'>", "2: this '<' has no '>'"),
            ("type(a", "6: expected ')', '.name' or '[key]', found the end"),
            ("a)", "1: expected '.name' or '[key]', found ')'"),
            ("a['\\xzz']", "2: '\\zz' is no character"),
        ] {
            let found = printed(typed);
            assert!(found.starts_with(expected), "{typed}: {found}");
        }
    }

    #[test]
    fn depth_is_no_danger() {
        let deep = format!("{}a{}", "type(".repeat(100_000), ")".repeat(100_000));
        assert_eq!(printed(&deep), deep);
        assert!(printed(&format!("a[{}", "(".repeat(100_000))).contains("expected a key"));
        assert!(printed(&"<".repeat(100_000)).contains("has no '>'"));
    }
}
