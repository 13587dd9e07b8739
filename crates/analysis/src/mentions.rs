//! What living code of the user's mentions: the names that it reads, and what it asks containers for.
//!
//! Code objects tell the names and the constants of a function, not which belongs to which. What a function may read
//! must not lose its name, and what it may ask for by a key or a position must not be taken out.

use heapview_snapshot::{EdgeKind, ObjectIx, Origin};
use rustc_hash::FxHashSet;

use crate::heap::Heap;
use crate::literal::literal;
use crate::namespaces::Namespaces;

/// Code objects in code objects deeper than this are not looked at.
const DEEPEST: usize = 16;
/// Functions with more names times constants than this ask for nothing in particular: tables and generated code.
const MOST_PAIRS: usize = 4096;
/// Methods that put elements into a container.
const FILLING: [&str; 7] = ["append", "appendleft", "extend", "insert", "add", "update", "setdefault"];
/// Functions for which the order of a list means something.
const ORDERING: [&str; 7] =
    ["heappush", "heappop", "heapify", "heappushpop", "heapreplace", "insort", "bisect_left"];

/// Names in the code of functions, attributes and globals alike, and their constants.
#[derive(Default, Debug)]
pub(crate) struct Mentions {
    /// By functions whose globals are those of `__main__`.
    by_main: FxHashSet<String>,
    /// By all functions of the user's modules, `__main__` among them.
    by_user: FxHashSet<String>,
    /// Names and texts that a function mentions together with what puts elements into containers.
    filled: FxHashSet<String>,
    /// Those that a function mentions together with what keeps lists in order.
    ordered: FxHashSet<String>,
    /// Texts that functions have as constants, or that they read under a name.
    texts: FxHashSet<String>,
    /// A name and the literal of another constant of the same function.
    asked: FxHashSet<(String, String)>,
}

impl Mentions {
    /// O(objects + what the functions mention).
    pub fn new(heap: &Heap, namespaces: &Namespaces) -> Self {
        let mut mentions = Self::default();
        let mut seen: FxHashSet<(ObjectIx, bool)> = FxHashSet::default();
        for function in heap.objects().filter(|object| heap.is_exactly(*object, "function")) {
            let slot = |name| heap.named_referent(function, EdgeKind::Slot, name);
            let globals = slot("__globals__");
            let is_main = match globals.and_then(|globals| namespaces.of_dict(globals)) {
                Some(("__main__", _)) => true,
                Some((_, Origin::User)) => false,
                _ => continue,
            };
            let (Some(globals), Some(code)) = (globals, slot("__code__")) else { continue };
            // A script or a cell mentions every name that it makes.
            let name = heap.named_referent(code, EdgeKind::Slot, "co_name");
            if name.and_then(|name| heap.exact_text(name)) == Some("<module>") {
                continue;
            }
            let mut pending = vec![(code, DEEPEST)];
            while let Some((code, depth)) = pending.pop() {
                if !seen.insert((code, is_main)) {
                    continue;
                }
                let constants = constants(heap, code);
                mentions.add(heap, (code, globals), &constants, is_main);
                if depth > 0 {
                    let inner = constants.into_iter().filter(|inner| heap.is_exactly(*inner, "code"));
                    pending.extend(inner.map(|inner| (inner, depth - 1)));
                }
            }
        }
        mentions
    }

    fn add(
        &mut self,
        heap: &Heap,
        (code, globals): (ObjectIx, ObjectIx),
        constants: &[ObjectIx],
        is_main: bool,
    ) {
        let names = heap.named_referent(code, EdgeKind::Slot, "co_names");
        let names = names.into_iter().flat_map(|names| heap.references(names));
        let names: Vec<&str> = names.filter_map(|item| heap.exact_text(item.to)).collect();
        // `TABLE[DEFAULT]`: what a global name stands for is as good as a constant.
        let global = |name: &&str| heap.dict_value(globals, name);
        let read: Vec<ObjectIx> = names.iter().filter_map(global).collect();
        let texts: Vec<&str> =
            constants.iter().chain(&read).filter_map(|one| heap.exact_text(*one)).collect();
        if names.iter().any(|name| FILLING.contains(name)) {
            self.filled.extend(names.iter().chain(&texts).map(|text| (*text).to_owned()));
        }
        if names.iter().any(|name| ORDERING.contains(name)) {
            self.ordered.extend(names.iter().map(|name| (*name).to_owned()));
        }
        let others = constants.iter().chain(&read).filter(|one| heap.exact_text(**one).is_none());
        let others: Vec<String> = others.filter_map(|one| literal(heap, *one)).collect();
        if names.len() * others.len() <= MOST_PAIRS {
            for name in &names {
                self.asked.extend(others.iter().map(|literal| ((*name).to_owned(), literal.clone())));
            }
        }
        self.texts.extend(texts.into_iter().map(str::to_owned));
        if is_main {
            self.by_main.extend(names.iter().map(|name| (*name).to_owned()));
        }
        self.by_user.extend(names.into_iter().map(str::to_owned));
    }

    /// Whether a function of `__main__` mentions the name.
    pub fn is_in_main(&self, name: &str) -> bool {
        self.by_main.contains(name)
    }

    /// Whether a function of the user's mentions the name.
    pub fn is_in_users(&self, name: &str) -> bool {
        self.by_user.contains(name)
    }

    /// Whether a function of the user's may put elements into what has the name, or stands under the text.
    pub fn is_filled(&self, name: &str) -> bool {
        self.filled.contains(name)
    }

    /// Whether a function of the user's keeps what has the name in order.
    pub fn is_ordered(&self, name: &str) -> bool {
        self.ordered.contains(name)
    }

    /// Whether a function of the user's has the text as a constant: it may ask for it as a key.
    pub fn is_text(&self, text: &str) -> bool {
        self.texts.contains(text)
    }

    /// Whether a function of the user's has both the name and the constant, which is no text.
    pub fn is_asked(&self, name: &str, literal: &str) -> bool {
        self.asked.contains(&(name.to_owned(), literal.to_owned()))
    }
}

/// The constants of a code object, and those in its constant tuples and sets.
fn constants(heap: &Heap, code: ObjectIx) -> Vec<ObjectIx> {
    let items = |of: ObjectIx| heap.references(of).map(|item| item.to);
    let Some(all) = heap.named_referent(code, EdgeKind::Slot, "co_consts") else { return Vec::new() };
    let is_group =
        |object: ObjectIx| heap.is_exactly(object, "tuple") || heap.is_exactly(object, "frozenset");
    let inner = items(all).filter(|one| is_group(*one)).flat_map(items);
    items(all).chain(inner).collect()
}
