//! The names that living code of the user's mentions: what a function may read must not lose its name.

use heapview_snapshot::{EdgeKind, ObjectIx, Origin, RootKind};
use rustc_hash::FxHashSet;

use crate::heap::Heap;
use crate::namespaces::Namespaces;
use crate::reference::{Label, Reference};
use crate::roots::HeapRootKind;

/// Code objects in code objects deeper than this are not looked at.
const MAX_DEPTH: usize = 16;
/// Names in the code of functions, attributes and globals alike.
#[derive(Default, Debug)]
pub(crate) struct Mentions {
    /// By functions whose globals are those of `__main__`.
    by_main: FxHashSet<String>,
    /// By all functions of the user's modules, `__main__` among them.
    by_user: FxHashSet<String>,
    /// In texts, marked as names.
    marked: FxHashSet<String>,
}

impl Mentions {
    /// O(objects + what the functions mention).
    pub(crate) fn new(heap: &Heap, namespaces: &Namespaces) -> Self {
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
            let Some(code) = slot("__code__") else { continue };
            // A script or a cell mentions every name that it makes.
            let name = heap.named_referent(code, EdgeKind::Slot, "co_name");
            if name.and_then(|name| heap.exact_text(name)) == Some("<module>") {
                continue;
            }
            mentions.add_all(heap, [code], is_main, &mut seen);
        }
        // A script that runs has still to make some of its functions: their code is among its constants.
        for root in heap.roots().iter().filter(|root| root.kind == HeapRootKind::Named(RootKind::Frame)) {
            let referent = |name: &str| {
                let mut references = heap.references(root.object);
                let is_it = |reference: &Reference| matches!(reference.label, Label::Name(label) if heap.snapshot().string(label) == name);
                references.find(is_it).map(|reference| reference.to)
            };
            let namespace = referent("f_globals").and_then(|globals| namespaces.of_dict(globals));
            let is_main = match namespace {
                Some(("__main__", _)) => true,
                Some((_, Origin::User)) => false,
                _ => continue,
            };
            if let Some(code) = referent("f_code") {
                mentions.add_all(heap, inner_code(heap, code), is_main, &mut seen);
            }
        }
        mentions
    }

    /// Adds the names in code, and in the code that it makes functions of.
    fn add_all(
        &mut self,
        heap: &Heap,
        codes: impl IntoIterator<Item = ObjectIx>,
        is_main: bool,
        seen: &mut FxHashSet<(ObjectIx, bool)>,
    ) {
        let mut pending: Vec<(ObjectIx, usize)> = codes.into_iter().map(|code| (code, MAX_DEPTH)).collect();
        while let Some((code, depth)) = pending.pop() {
            if !seen.insert((code, is_main)) {
                continue;
            }
            self.add(heap, code, is_main);
            if depth > 0 {
                pending.extend(inner_code(heap, code).map(|inner| (inner, depth - 1)));
            }
        }
    }

    fn add(&mut self, heap: &Heap, code: ObjectIx, is_main: bool) {
        let texts = |slot| {
            let items = heap.named_referent(code, EdgeKind::Slot, slot);
            items
                .into_iter()
                .flat_map(|items| heap.references(items))
                .filter_map(|item| heap.exact_text(item.to))
        };
        let marked: Vec<&str> = texts("co_consts").flat_map(marked_names).collect();
        self.marked.extend(marked.iter().map(|name| (*name).to_owned()));
        for name in texts("co_names").chain(marked) {
            if is_main {
                self.by_main.insert(name.to_owned());
            }
            self.by_user.insert(name.to_owned());
        }
    }

    /// Whether a function of `__main__` mentions the name.
    pub(crate) fn is_in_main(&self, name: &str) -> bool {
        self.by_main.contains(name)
    }

    /// Whether a text in a function of the user's marks the name as such.
    pub(crate) fn is_marked(&self, name: &str) -> bool {
        self.marked.contains(name)
    }

    /// Whether a function of the user's mentions the name.
    pub(crate) fn is_in_users(&self, name: &str) -> bool {
        self.by_user.contains(name)
    }
}

/// Names in a text that people mark as such: `sku in @wanted`, `$banner`, `${banner}`.
fn marked_names(text: &str) -> impl Iterator<Item = &str> {
    let behind = text.split(['@', '$']).skip(1);
    behind.filter_map(|rest| {
        let rest = rest.strip_prefix('{').unwrap_or(rest);
        let is_in_name = |letter: char| letter.is_alphanumeric() || letter == '_';
        rest.split(|letter| !is_in_name(letter)).next().filter(|name| !name.is_empty())
    })
}

/// The code objects among the constants of one.
pub(crate) fn inner_code(heap: &Heap, code: ObjectIx) -> impl Iterator<Item = ObjectIx> + '_ {
    let constants = heap.named_referent(code, EdgeKind::Slot, "co_consts");
    let constants = constants.into_iter().flat_map(|constants| heap.references(constants));
    constants.map(|constant| constant.to).filter(|constant| heap.is_exactly(*constant, "code"))
}
