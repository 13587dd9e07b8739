//! Whose names are whose: the modules' dicts and where they come from.

use heapview_snapshot::{ObjectIx, Origin, RootKind};
use rustc_hash::FxHashMap;
use std::sync::OnceLock;

use crate::heap::Heap;
use crate::mentions::Mentions;
use crate::readers::Readers;
use crate::roots::HeapRootKind;

/// The modules of a heap.
#[derive(Debug)]
pub(crate) struct Namespaces {
    origins: FxHashMap<String, Origin>,
    /// Dicts of modules: the module's name and whose it is.
    of_dict: FxHashMap<ObjectIx, (String, Origin)>,
    mentions: OnceLock<Mentions>,
    readers: OnceLock<Readers>,
}

impl Namespaces {
    /// O(modules).
    pub(crate) fn new(heap: &Heap) -> Self {
        let is_module = |kind| matches!(kind, HeapRootKind::Named(RootKind::Module | RootKind::Builtin));
        let roots = || heap.roots().iter().filter(move |root| is_module(root.kind));
        let mut namespaces = Self {
            origins: roots().map(|root| (root.label.clone(), root.origin)).collect(),
            of_dict: FxHashMap::default(),
            mentions: OnceLock::new(),
            readers: OnceLock::new(),
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
    pub(crate) fn origin(&self, name: &str) -> Origin {
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
    pub(crate) fn of_dict(&self, dict: ObjectIx) -> Option<(&str, Origin)> {
        self.of_dict.get(&dict).map(|(name, origin)| (name.as_str(), *origin))
    }

    /// Names that living code of the user's mentions. Worked out when first asked for.
    pub(crate) fn mentions(&self, heap: &Heap) -> &Mentions {
        self.mentions.get_or_init(|| Mentions::new(heap, self))
    }

    /// What living code of the user's does with what it reads. Worked out when first asked for.
    pub(crate) fn readers(&self, heap: &Heap) -> &Readers {
        self.readers.get_or_init(|| Readers::new(heap))
    }
}
