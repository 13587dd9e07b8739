//! Path patterns as text.

use super::tree::PatternTree;
use crate::heap::Heap;
use crate::path_text::path_text;
use crate::reference::Reference;
use crate::roots::{HeapRoot, HeapRootKind};

/// Any one key or index, as it is shown.
pub(crate) const ANY_KEY: &str = "[*]";
/// Any number of steps further down the same structure, as it is shown.
pub(crate) const DEEPER: &str = ".**";

impl PatternTree {
    /// The pattern of a node: `SESSIONS[*].history`. O(length).
    pub fn text(&self, heap: &Heap, node: u32) -> String {
        let chain = self.chain(node);
        let Some(first) = chain.first() else { return String::new() };
        let at_root = self.node(*first).example;
        let root = heap.root_of(at_root).cloned().unwrap_or_else(|| HeapRoot::unknown(at_root));
        let steps: Vec<Reference> = chain.iter().filter_map(|node| self.node(*node).reference).collect();
        let mut text = rooted_text(heap, &root, &steps);
        // From the end, so that what is found further left keeps its place.
        for (place, node) in chain.iter().enumerate().rev() {
            let row = self.node(*node);
            let is_deep = row.step.is_none() && place > 0;
            if !is_deep && !row.is_repeated {
                continue;
            }
            let n_steps =
                chain[1..=place].iter().filter(|node| self.node(**node).reference.is_some()).count();
            let before = rooted_text(heap, &root, &steps[..n_steps]);
            if text.starts_with(&before) && !text[before.len()..].starts_with(DEEPER) {
                text.insert_str(before.len(), DEEPER);
            }
        }
        text
    }

    /// As [`PatternTree::text`], from the nearest holder that is no container: `app.Session.history[*]`.
    pub fn holder_text(&self, heap: &Heap, node: u32) -> String {
        let chain = self.chain(node);
        let is_container = |place: &usize| {
            let example = self.node(chain[*place]).example;
            ["list", "tuple", "dict", "set", "frozenset"].iter().any(|name| heap.is_exactly(example, name))
        };
        let last = chain.len() - 1;
        let anchor = (0..last).rev().find(|place| !is_container(place)).unwrap_or(0);
        let steps: Vec<Reference> =
            chain[anchor + 1..].iter().filter_map(|node| self.node(*node).reference).collect();
        let at = self.node(chain[anchor]).example;
        let root = heap.root_of(at).filter(|_| anchor == 0);
        match root {
            Some(root) if steps.is_empty() || matches!(root.kind, HeapRootKind::Named(_)) => {
                rooted_text(heap, root, &steps)
            }
            _ => anchored_text(heap, at, &steps),
        }
    }
}

/// The path's text, without the id and the counts of a root that is held from C.
fn rooted_text(heap: &Heap, root: &HeapRoot, steps: &[Reference]) -> String {
    if matches!(root.kind, HeapRootKind::Named(_)) {
        return starred(&path_text(heap, root, steps).text);
    }
    format!("held from C: {}", anchored_text(heap, root.object, steps))
}

/// The path's text from an object on, which is called by its type.
fn anchored_text(heap: &Heap, at: heapview_snapshot::ObjectIx, steps: &[Reference]) -> String {
    const WORDS: &str = "static type ";
    let root = HeapRoot {
        kind: HeapRootKind::Named(heapview_snapshot::RootKind::StaticType),
        object: at,
        label: heap.type_name(at).to_owned(),
        thread: String::new(),
        origin: heapview_snapshot::Origin::Unknown,
    };
    starred(&path_text(heap, &root, steps).text).replacen(WORDS, "", 1)
}

/// `[...]`, where it is no part of a key, as `[*]`.
fn starred(text: &str) -> String {
    let mut answer = String::with_capacity(text.len());
    let mut rest = text;
    let mut is_quoted = false;
    while let Some(character) = rest.chars().next() {
        let mut len = character.len_utf8();
        match character {
            '\'' => is_quoted = !is_quoted,
            '\\' if is_quoted => len += rest[1..].chars().next().map_or(0, char::len_utf8),
            '[' if !is_quoted && rest.starts_with("[...]") => {
                answer.push_str(ANY_KEY);
                rest = &rest["[...]".len()..];
                continue;
            }
            _ => {}
        }
        answer.push_str(&rest[..len]);
        rest = &rest[len..];
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_unknown_keys_are_starred() {
        for (text, expected) in [
            ("a[...].b[...]", "a[*].b[*]"),
            ("a['[...]'][...]", "a['[...]'][*]"),
            ("a['it\\'s [...]'][...]", "a['it\\'s [...]'][*]"),
            ("a[... ]", "a[... ]"),
        ] {
            assert_eq!(starred(text), expected);
        }
    }
}
