//! Names that living code mentions: what a function of the user's reads by name must not lose that name.

use heapview_snapshot::{EdgeKind, ObjectIx};
use rustc_hash::FxHashSet;

use crate::heap::Heap;

/// Code objects in code objects deeper than this are not looked at.
const DEEPEST: usize = 16;

/// Names in the code of functions, attributes and globals alike: code objects do not tell them apart.
#[derive(Default)]
pub(super) struct Mentions<'a> {
    /// By functions whose globals are those of `__main__`.
    pub by_main: FxHashSet<&'a str>,
    /// By all functions of the user's modules, `__main__` among them.
    pub by_user: FxHashSet<&'a str>,
}

impl<'a> Mentions<'a> {
    /// `whose` tells of a dict of globals whether it is a user's, and whether it is that of `__main__`.
    /// O(objects + what the functions mention).
    pub fn new(heap: &'a Heap, whose: impl Fn(ObjectIx) -> Option<Globals>) -> Self {
        let mut mentions = Self::default();
        let mut seen: FxHashSet<(ObjectIx, Globals)> = FxHashSet::default();
        for function in heap.objects().filter(|object| heap.is_exactly(*object, "function")) {
            let slot = |name| heap.named_referent(function, EdgeKind::Slot, name);
            let Some(globals) = slot("__globals__").and_then(&whose) else { continue };
            let Some(code) = slot("__code__") else { continue };
            // A script or a cell mentions every name that it makes.
            let name = heap.named_referent(code, EdgeKind::Slot, "co_name");
            if name.and_then(|name| heap.exact_text(name)) == Some("<module>") {
                continue;
            }
            let mut pending = vec![(code, DEEPEST)];
            while let Some((code, depth)) = pending.pop() {
                if !seen.insert((code, globals)) {
                    continue;
                }
                mentions.add(heap, code, globals);
                let constants = heap.named_referent(code, EdgeKind::Slot, "co_consts");
                let constants = constants.into_iter().flat_map(|constants| heap.references(constants));
                let inner = constants.map(|item| item.to).filter(|inner| heap.is_exactly(*inner, "code"));
                if depth > 0 {
                    pending.extend(inner.map(|inner| (inner, depth - 1)));
                }
            }
        }
        mentions
    }

    fn add(&mut self, heap: &'a Heap, code: ObjectIx, globals: Globals) {
        let Some(names) = heap.named_referent(code, EdgeKind::Slot, "co_names") else { return };
        for name in heap.references(names).filter_map(|item| heap.exact_text(item.to)) {
            self.by_user.insert(name);
            if globals == Globals::Main {
                self.by_main.insert(name);
            }
        }
    }
}

/// Whose globals a function reads.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum Globals {
    Main,
    User,
}
