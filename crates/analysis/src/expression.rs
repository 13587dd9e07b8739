//! Path expressions as people type them, evaluated in the snapshot: `Out[5]`, `app.CACHE['k'].rows[3]`.

use heapview_snapshot::{EdgeKind, ObjectIx};

use crate::heap::Heap;
use crate::literal::{literal, quoted, tuple};
use crate::reference::{Label, Reference};
use crate::selection::SelectorError;

/// The object that `expression` names: a global of `__main__`, a module or a builtin, followed by `.name` and
/// `[literal]`. O(length * references of the objects on the way).
pub fn evaluate(heap: &Heap, expression: &str) -> Result<ObjectIx, SelectorError> {
    walk(heap, expression).map(|(object, _)| object)
}

/// The last reference on the way to what `expression` names, as [`evaluate`] reads it.
pub fn last_reference(heap: &Heap, expression: &str) -> Result<Reference, SelectorError> {
    let expression = expression.trim();
    let (object, last) = walk(heap, expression)?;
    let global = || {
        let dict = heap.attribute_dict(heap.module("__main__")?)?;
        heap.strong_references(dict).find(|entry| {
            entry.to == object
                && matches!(entry.label, Label::Key(key) if heap.exact_text(key) == Some(expression))
        })
    };
    last.or_else(global).ok_or_else(|| {
        SelectorError::at(
            0,
            format!("'{expression}' is no reference that can be cut: expected NAME, ...name or ...[key]"),
        )
    })
}

/// The object, and the reference that the last `.name` or `[key]` follows.
fn walk(heap: &Heap, expression: &str) -> Result<(ObjectIx, Option<Reference>), SelectorError> {
    let mut parser = Parser { text: expression, at: 0 };
    let mut object = primary(heap, &mut parser)?;
    let mut last = None;
    loop {
        parser.skip_spaces();
        let start = parser.at;
        if parser.at == expression.len() {
            return Ok((object, last));
        }
        if parser.eat('.') {
            let name = parser.name_or_call()?;
            let reference = attribute(heap, object, name).ok_or_else(|| {
                SelectorError::at(
                    start,
                    format!(
                        "'{}' ({}) has no attribute '{name}' in this snapshot",
                        &expression[..start],
                        heap.type_name(object)
                    ),
                )
            })?;
            (object, last) = (reference.to, Some(reference));
        } else if parser.eat('[') {
            let key = parser.literal(0)?;
            parser.expect(']')?;
            let reference = item(heap, object, &key).ok_or_else(|| {
                SelectorError::at(
                    start,
                    format!(
                        "'{}' ({}) has no item [{key}] in this snapshot",
                        &expression[..start],
                        heap.type_name(object)
                    ),
                )
            })?;
            (object, last) = (reference.to, Some(reference));
        } else {
            return Err(parser.error("expected '.name' or '[key]'"));
        }
    }
}

fn primary(heap: &Heap, parser: &mut Parser<'_>) -> Result<ObjectIx, SelectorError> {
    parser.skip_spaces();
    let start = parser.at;
    let name = parser.name().map_err(|_| {
        SelectorError::at(start, "expected @id, an address 0x.., type:NAME, or a path such as Out[5]")
    })?;
    if parser.eat_all("()") {
        let called = match name {
            "get_ipython" => heap
                .main_global(name)
                .and_then(|method| heap.named_referent(method, EdgeKind::Slot, "__self__")),
            "globals" => heap.module("__main__").and_then(|main| heap.attribute_dict(main)),
            _ => None,
        };
        return called
            .ok_or_else(|| SelectorError::at(start, format!("'{name}()' cannot be called in a snapshot")));
    }
    if parser.eat('(') && name == "type" {
        let inner_start = parser.at;
        let end = parser.closing_parenthesis()?;
        let object = evaluate(heap, &parser.text[inner_start..end])
            .map_err(|error| SelectorError { at: error.at.map(|at| at + inner_start), ..error })?;
        parser.at = end + 1;
        return heap
            .type_object(object)
            .ok_or_else(|| SelectorError::at(start, "the type of this object is not in the snapshot"));
    }
    parser.at = start + name.len();
    if let Some(global) = heap.main_global(name) {
        return Ok(global);
    }
    // The longest dotted name that is a module: a submodule need not be an attribute of its parent.
    let dotted_end = parser.text[start..]
        .find(|character: char| !(character.is_alphanumeric() || matches!(character, '_' | '.')))
        .map_or(parser.text.len(), |length| start + length);
    let mut end = dotted_end;
    loop {
        if let Some(module) = heap.module(&parser.text[start..end]) {
            parser.at = end;
            return Ok(module);
        }
        match parser.text[start..end].rfind('.') {
            Some(dot) => end = start + dot,
            None => break,
        }
    }
    heap.builtin(name).ok_or_else(|| {
        SelectorError::at(
            start,
            format!("no global of __main__, module or builtin is called '{name}' in this snapshot"),
        )
    })
}

/// What `object.name` gives: from the instance, its dict, its slots, or its classes, in that order.
fn attribute(heap: &Heap, object: ObjectIx, name: &str) -> Option<Reference> {
    let of_kind = |kind: EdgeKind| {
        heap.references(object).find(|reference| {
            reference.kind == kind
                && matches!(reference.label, Label::Name(label) if heap.snapshot().string(label) == name)
        })
    };
    let in_dict_of = |holder: ObjectIx| {
        heap.references(heap.attribute_dict(holder)?).find(|entry| {
            entry.kind == EdgeKind::DictValue
                && matches!(entry.label, Label::Key(key) if heap.exact_text(key) == Some(name))
        })
    };
    if name == "__dict__" {
        return heap.references(object).find(|reference| reference.kind == EdgeKind::InstanceDict);
    }
    let on_class = || {
        let class = if heap.is_type(object) { object } else { heap.type_object(object)? };
        in_dict_of(heap.type_attributes(class)?.get(name)?.class)
    };
    of_kind(EdgeKind::Attribute)
        .or_else(|| in_dict_of(object))
        .or_else(|| of_kind(EdgeKind::Slot))
        .or_else(on_class)
}

/// What `object[key]` gives, for a key in canonical form.
fn item(heap: &Heap, object: ObjectIx, key: &str) -> Option<Reference> {
    let index = key.parse::<u32>().ok();
    heap.references(object).find(|reference| match (reference.kind, reference.label) {
        (EdgeKind::Item, Label::Index(Some(found))) => index == Some(found),
        (EdgeKind::DictValue, Label::Key(found)) => literal(heap, found).as_deref() == Some(key),
        _ => false,
    })
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

    fn eat(&mut self, expected: char) -> bool {
        let found = self.rest().starts_with(expected);
        self.at += if found { expected.len_utf8() } else { 0 };
        found
    }

    fn eat_all(&mut self, expected: &str) -> bool {
        let found = self.rest().starts_with(expected);
        self.at += if found { expected.len() } else { 0 };
        found
    }

    fn expect(&mut self, expected: char) -> Result<(), SelectorError> {
        self.skip_spaces();
        if self.eat(expected) { Ok(()) } else { Err(self.error(&format!("expected '{expected}'"))) }
    }

    fn error(&self, expected: &str) -> SelectorError {
        let found = self.rest().chars().next().map_or("the end".to_owned(), |found| format!("'{found}'"));
        SelectorError::at(self.at, format!("{expected}, found {found}"))
    }

    fn name(&mut self) -> Result<&'a str, SelectorError> {
        let rest = self.rest();
        let is_part = |character: char| character.is_alphanumeric() || character == '_';
        let length = rest.find(|character| !is_part(character)).unwrap_or(rest.len());
        if length == 0 || rest.starts_with(|first: char| first.is_numeric()) {
            return Err(self.error("expected a name"));
        }
        self.at += length;
        Ok(&rest[..length])
    }

    /// A name, with the parentheses of a call if they follow: `x.untyped_storage()`.
    fn name_or_call(&mut self) -> Result<&'a str, SelectorError> {
        let rest = self.rest();
        let name = self.name()?;
        Ok(if self.eat_all("()") { &rest[..name.len() + 2] } else { name })
    }

    /// Position of the parenthesis that closes one already read.
    fn closing_parenthesis(&self) -> Result<usize, SelectorError> {
        let mut depth = 1;
        for (position, character) in self.rest().char_indices() {
            depth += match character {
                '(' => 1,
                ')' => -1,
                _ => 0,
            };
            if depth == 0 {
                return Ok(self.at + position);
            }
        }
        Err(SelectorError::at(self.at, "expected ')', found the end"))
    }

    /// A literal, in the canonical form of [`literal`].
    fn literal(&mut self, depth: usize) -> Result<String, SelectorError> {
        self.skip_spaces();
        let rest = self.rest();
        if rest.starts_with(['\'', '"']) {
            return self.string().map(|text| quoted(&text));
        }
        if rest.starts_with("b'") || rest.starts_with("b\"") {
            self.at += 1;
            let quote = self.at;
            self.string()?;
            let inside = &self.text[quote + 1..self.at - 1];
            return Ok(format!("b'{inside}'"));
        }
        if depth < 8 && self.eat('(') {
            let mut items = Vec::new();
            loop {
                self.skip_spaces();
                if self.eat(')') {
                    return Ok(tuple(&items));
                }
                items.push(self.literal(depth + 1)?);
                self.skip_spaces();
                if !self.eat(',') {
                    self.expect(')')?;
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
        if matches!(word, "None" | "True" | "False") {
            self.at += length;
            return Ok(word.to_owned());
        }
        let digits = word.replace('_', "");
        if let Ok(value) = digits.parse::<i128>() {
            self.at += length;
            return Ok(value.to_string());
        }
        if let Ok(value) = digits.parse::<f64>() {
            self.at += length;
            return Ok(format!("{value:?}"));
        }
        Err(self.error("expected a key: a number, a quoted text, None, True, False, or a tuple of these"))
    }

    fn string(&mut self) -> Result<String, SelectorError> {
        let start = self.at;
        let mut characters = self.rest().char_indices();
        let quote = characters.next().map_or('\'', |(_, quote)| quote);
        let mut text = String::new();
        while let Some((position, character)) = characters.next() {
            if character == quote {
                self.at += position + character.len_utf8();
                return Ok(text);
            }
            if character != '\\' {
                text.push(character);
                continue;
            }
            let Some((_, escape)) = characters.next() else { break };
            let n_digits = match escape {
                'n' => {
                    text.push('\n');
                    continue;
                }
                'r' => {
                    text.push('\r');
                    continue;
                }
                't' => {
                    text.push('\t');
                    continue;
                }
                'x' => 2,
                'u' => 4,
                'U' => 8,
                other => {
                    text.push(other);
                    continue;
                }
            };
            let digits: String = characters.by_ref().take(n_digits).map(|(_, digit)| digit).collect();
            let code = u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32);
            text.push(
                code.ok_or_else(|| {
                    SelectorError::at(start, format!("'\\{escape}{digits}' is no character"))
                })?,
            );
        }
        Err(SelectorError::at(start, "this text has no closing quote"))
    }
}
