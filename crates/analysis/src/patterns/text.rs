//! Path patterns as paths, and the objects that such a path stands for.

use std::cmp::Reverse;

use heapview_snapshot::{EdgeKind, ObjectIx};
use rayon::prelude::*;

use super::tree::PatternTree;
use crate::heap::Heap;
use crate::path::{Part, PathExpr, anchored_pattern, rooted_pattern};
use crate::reference::{Label, Reference};
use crate::roots::{HeapRoot, HeapRootKind};

impl PatternTree {
    /// The pattern of a node: `SESSIONS[*].history`. O(length).
    pub(crate) fn path(&self, heap: &Heap, node: u32) -> PathExpr {
        let chain = self.chain(node);
        // Every node is in its own chain.
        let first = chain.first().unwrap_or(&node);
        let at_root = self.node(*first).example;
        let root = heap.root_of(at_root).cloned().unwrap_or_else(|| HeapRoot::unknown(at_root));
        let steps: Vec<Reference> = chain.iter().filter_map(|node| self.node(*node).reference).collect();
        let mut pattern = rooted_pattern(heap, &root, &steps);
        let mut n_steps = 0;
        for (place, node) in chain.iter().enumerate() {
            let row = self.node(*node);
            n_steps += usize::from(row.reference.is_some());
            let is_deep = row.step.is_none() && place > 0;
            if is_deep || row.is_repeated {
                pattern.deepen(n_steps);
            }
        }
        pattern.path
    }

    /// As [`PatternTree::path`], from the nearest holder that is no container: `<app.Session>.history[*]`.
    pub(crate) fn holder_path(&self, heap: &Heap, node: u32) -> PathExpr {
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
        let pattern = match root {
            Some(root) if steps.is_empty() || matches!(root.kind, HeapRootKind::Named(_)) => {
                rooted_pattern(heap, root, &steps)
            }
            _ => anchored_pattern(heap, at, &steps),
        };
        pattern.path
    }
}

/// The objects of the pattern, from their roots or from their holders; largest retained size first.
/// O(patterns * length + objects).
pub(crate) fn of_pattern(heap: &Heap, path: &PathExpr) -> Vec<ObjectIx> {
    let tree = heap.pattern_tree();
    let last = path.parts.last();
    let is_it: Vec<bool> = (0..tree.n_nodes() as u32)
        .into_par_iter()
        .map(|node| {
            may_end_with(heap, tree.node(node).reference.as_ref(), last)
                && (tree.path(heap, node) == *path || tree.holder_path(heap, node) == *path)
        })
        .collect();
    let mut objects: Vec<ObjectIx> =
        heap.objects().filter(|object| tree.of(*object).is_some_and(|node| is_it[node as usize])).collect();
    objects.sort_by_key(|object| (Reverse(heap.retained_size(*object)), *object));
    objects
}

/// False if the last part of a path cannot be of this reference: most patterns need not be written out.
fn may_end_with(heap: &Heap, reference: Option<&Reference>, last: Option<&Part>) -> bool {
    let Some(reference) = reference else { return true };
    let is_named = |name: &str| match reference.label {
        Label::Name(label) => heap.snapshot().string(label) == name,
        Label::Key(key) => heap.exact_text(key) == Some(name),
        Label::None => reference.kind == EdgeKind::InstanceDict && name == "__dict__",
        _ => false,
    };
    // Internal fields may be silent: an entry of a cache is its result.
    let is_silent = reference.kind == EdgeKind::Internal;
    match last {
        Some(Part::Attribute(name)) => is_named(name) || is_silent,
        Some(Part::AnyKey) => !matches!(reference.label, Label::Name(_)) || is_silent,
        _ => true,
    }
}
