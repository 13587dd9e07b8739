//! Whose names are whose: the modules' dicts and where they come from, and the names that living code mentions.

use heapview_snapshot::{EdgeKind, ObjectIx, Origin, RootKind};
use rustc_hash::{FxHashMap, FxHashSet};
use std::sync::OnceLock;

use crate::heap::Heap;
use crate::roots::HeapRootKind;

/// Code objects in code objects deeper than this are not looked at.
const DEEPEST: usize = 16;

/// The modules of a heap.
#[derive(Debug)]
pub(crate) struct Namespaces {
    origins: FxHashMap<String, Origin>,
    /// Dicts of modules: the module's name and whose it is.
    of_dict: FxHashMap<ObjectIx, (String, Origin)>,
    mentions: OnceLock<Mentions>,
}

impl Namespaces {
    /// O(modules).
    pub fn new(heap: &Heap) -> Self {
        let is_module = |kind| matches!(kind, HeapRootKind::Named(RootKind::Module | RootKind::Builtin));
        let roots = || heap.roots().iter().filter(move |root| is_module(root.kind));
        let mut namespaces = Self {
            origins: roots().map(|root| (root.label.clone(), root.origin)).collect(),
            of_dict: FxHashMap::default(),
            mentions: OnceLock::new(),
        };
        for root in roots() {
            let Some(dict) = heap.attribute_dict(root.object) else { continue };
            let named = (root.label.clone(), namespaces.origin(&root.label));
            // A module may stand under several names; that of `__main__` is the one people use.
            if root.label == "__main__" {
                namespaces.of_dict.insert(dict, named);
            } else {
                namespaces.of_dict.entry(dict).or_insert(named);
            }
        }
        namespaces
    }

    /// Whose the module called `name` is; of one that nobody knows, its package's.
    pub fn origin(&self, name: &str) -> Origin {
        let mut name = name;
        loop {
            if matches!(name, "__main__" | "__mp_main__") {
                return Origin::User;
            }
            match self.origins.get(name) {
                Some(origin) if *origin != Origin::Unknown => return *origin,
                _ => match name.rfind('.') {
                    Some(dot) => name = &name[..dot],
                    None => return Origin::Unknown,
                },
            }
        }
    }

    /// The module whose names the dict holds, and whose it is.
    pub fn of_dict(&self, dict: ObjectIx) -> Option<(&str, Origin)> {
        self.of_dict.get(&dict).map(|(name, origin)| (name.as_str(), *origin))
    }

    /// Names that living code of the user's mentions. Worked out when first asked for.
    pub fn mentions(&self, heap: &Heap) -> &Mentions {
        self.mentions.get_or_init(|| Mentions::new(heap, self))
    }
}

/// Names in the code of functions, attributes and globals alike: code objects do not tell them apart. What a
/// function reads by name must not lose that name.
#[derive(Default, Debug)]
pub(crate) struct Mentions {
    /// By functions whose globals are those of `__main__`.
    by_main: FxHashSet<String>,
    /// By all functions of the user's modules, `__main__` among them.
    by_user: FxHashSet<String>,
    /// Those that a function of the user's mentions together with what puts elements into containers.
    filled: FxHashSet<String>,
    /// Texts that functions of the user's have as constants.
    constants: FxHashSet<String>,
}

/// Methods that put elements into a container.
const FILLING: [&str; 7] = ["append", "appendleft", "extend", "insert", "add", "update", "setdefault"];

impl Mentions {
    /// O(objects + what the functions mention).
    fn new(heap: &Heap, namespaces: &Namespaces) -> Self {
        let mut mentions = Self::default();
        let mut seen: FxHashSet<(ObjectIx, bool)> = FxHashSet::default();
        for function in heap.objects().filter(|object| heap.is_exactly(*object, "function")) {
            let slot = |name| heap.named_referent(function, EdgeKind::Slot, name);
            let is_main = match slot("__globals__").and_then(|globals| namespaces.of_dict(globals)) {
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
            let mut pending = vec![(code, DEEPEST)];
            while let Some((code, depth)) = pending.pop() {
                if !seen.insert((code, is_main)) {
                    continue;
                }
                mentions.add(heap, code, is_main);
                for constant in constants(heap, code) {
                    if let Some(text) = heap.exact_text(constant) {
                        mentions.constants.insert(text.to_owned());
                    } else if heap.is_exactly(constant, "code") && depth > 0 {
                        pending.push((constant, depth - 1));
                    }
                }
            }
        }
        mentions
    }

    fn add(&mut self, heap: &Heap, code: ObjectIx, is_main: bool) {
        let Some(names) = heap.named_referent(code, EdgeKind::Slot, "co_names") else { return };
        let names = || heap.references(names).filter_map(|item| heap.exact_text(item.to));
        let fills = names().any(|name| FILLING.contains(&name));
        for name in names() {
            if fills {
                self.filled.insert(name.to_owned());
            }
            self.by_user.insert(name.to_owned());
            if is_main {
                self.by_main.insert(name.to_owned());
            }
        }
    }

    /// Whether a function of `__main__` mentions the name.
    pub fn is_in_main(&self, name: &str) -> bool {
        self.by_main.contains(name)
    }

    /// Whether a function of the user's may put elements into what has the name.
    pub fn is_filled(&self, name: &str) -> bool {
        self.filled.contains(name)
    }

    /// Whether a function of the user's has the text as a constant: it may ask for it as a key.
    pub fn is_constant(&self, text: &str) -> bool {
        self.constants.contains(text)
    }

    /// Whether a function of the user's mentions the name.
    pub fn is_in_users(&self, name: &str) -> bool {
        self.by_user.contains(name)
    }
}

/// The constants of a code object, and those in its constant tuples and sets.
fn constants(heap: &Heap, code: ObjectIx) -> Vec<ObjectIx> {
    let items = |of: ObjectIx| heap.references(of).map(|item| item.to);
    let Some(all) = heap.named_referent(code, EdgeKind::Slot, "co_consts") else { return Vec::new() };
    let is_group =
        |object: &ObjectIx| heap.is_exactly(*object, "tuple") || heap.is_exactly(*object, "frozenset");
    items(all).flat_map(|item| if is_group(&item) { items(item).collect() } else { vec![item] }).collect()
}
