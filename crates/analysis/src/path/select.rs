//! The objects that a path names: one, or for a pattern all that it stands for.

use super::expr::{Anchor, PathExpr};
use super::find::follow;
use super::parse::parse;
use crate::heap::Heap;
use crate::patterns::of_pattern;
use crate::query::{Expr, Field, Query, Term, Text, evaluate};
use crate::selection::{Selection, SelectorError};

/// The object that the path leads to, or the objects of the pattern, largest retained size first. Never none.
pub(crate) fn select_path(heap: &Heap, text: &str) -> Result<Selection, SelectorError> {
    let parsed = parse(text)?;
    let found = follow(heap, text, &parsed);
    let error = match found {
        Ok(found) => return Ok(Selection { objects: vec![found.object] }),
        Err(error) => error,
    };
    let path = &parsed.path;
    // Patterns of what is held in some way have no sign but that they begin with a type; an id is of one object.
    let begins_with_type = matches!(&path.anchor, Anchor::Words(words) if words.id.is_none());
    if !path.is_pattern() && !begins_with_type {
        return Err(error);
    }
    let mut objects = of_pattern(heap, path);
    if objects.is_empty() && path.is_pattern() {
        objects = matching(heap, path);
    }
    match objects.is_empty() {
        false => Ok(Selection { objects }),
        true if path.is_pattern() => {
            Err(SelectorError::new(format!("no object of this snapshot has a path like {path}")))
        }
        true => Err(error),
    }
}

/// The objects whose best path matches, largest retained size first.
fn matching(heap: &Heap, pattern: &PathExpr) -> Vec<heapview_snapshot::ObjectIx> {
    let text = Text { text: pattern.to_string(), contains: false };
    let query = Query { expr: Expr::Term(Term::Text(Field::Path, text)) };
    evaluate(heap, &query, None).selection.objects
}
