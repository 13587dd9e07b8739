//! Whose an object is. What a person may empty from outside is the user's own data: a container that only objects
//! of the user's hold. Whatever a library holds, the library counts on.

use std::cell::RefCell;

use heapview_graph::NodeIx;
use heapview_snapshot::{EdgeKind, NameKind, ObjectIx, Origin, Uses};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::aliases::session;
use crate::heap::Heap;
use crate::readers::{Reading, WeakContainer};
use crate::reference::{Label, Reference};
use crate::roots::{node, object};

/// Of a container with more holders than this nobody can say whose it is.
const MAX_HOLDERS: usize = 64;
/// Containers in containers deeper than this are nobody's.
const MAX_DEPTH: usize = 24;
/// What only passes by: it neither keeps a container for later nor counts on what is in it.
const PASSING: [&str; 14] = [
    "method",
    "builtin_function_or_method",
    "method-wrapper",
    "list_iterator",
    "list_reverseiterator",
    "set_iterator",
    "dict_keyiterator",
    "dict_valueiterator",
    "dict_itemiterator",
    "dict_keys",
    "dict_values",
    "dict_items",
    "cell",
    "traceback",
];

/// The kind of a builtin container whose elements can be taken out by its own methods.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum Container {
    List,
    Deque,
    Dict,
    Set,
}

pub(super) struct Ownership<'a> {
    heap: &'a Heap,
    session: FxHashSet<ObjectIx>,
    classes: RefCell<FxHashMap<ObjectIx, bool>>,
    containers: RefCell<FxHashMap<ObjectIx, bool>>,
}

impl<'a> Ownership<'a> {
    pub(super) fn new(heap: &'a Heap) -> Self {
        Self { heap, session: session(heap), classes: RefCell::default(), containers: RefCell::default() }
    }

    pub(super) fn heap(&self) -> &'a Heap {
        self.heap
    }

    /// Whether some code asks the dict for elements.
    pub(super) fn asks_by_key(&self, container: ObjectIx) -> bool {
        self.heap.namespaces().readers(self.heap).asks_by_key(self.heap, container)
    }

    /// Whether code changes such objects after they were made.
    pub(super) fn has_state(&self, object: ObjectIx) -> bool {
        self.heap.namespaces().readers(self.heap).changing_state(self.heap, object).is_some()
    }

    /// Whether something of the code runs also when it ends in the middle.
    pub(super) fn code_handles(&self, code: ObjectIx) -> bool {
        self.heap.namespaces().readers(self.heap).handles(code)
    }

    /// Whose the module called `name` is.
    pub(super) fn origin(&self, name: &str) -> Origin {
        self.heap.namespaces().origin(name)
    }

    /// The module whose names the dict holds, and whose it is.
    pub(super) fn namespace(&self, dict: ObjectIx) -> Option<(&'a str, Origin)> {
        self.heap.namespaces().of_dict(dict)
    }

    /// Whether it is what an interactive session keeps results in.
    pub(super) fn is_session(&self, object: ObjectIx) -> bool {
        self.session.contains(&object)
    }

    /// Whether code of `__main__` may still read the name.
    pub(super) fn is_mentioned_in_main(&self, name: &str) -> bool {
        let namespaces = self.heap.namespaces();
        namespaces.mentions(self.heap).is_in_main(name)
            || namespaces.readers(self.heap).may_read_global(self.heap, name)
    }

    /// What becomes of code that knows the container when that is emptied.
    pub(super) fn reading(&self, container: ObjectIx) -> Reading {
        self.heap.namespaces().readers(self.heap).of(self.heap, container)
    }

    /// What a method of the user's does with names.
    pub(super) fn uses_of_method(&self, object: ObjectIx, name: &str) -> Vec<(NameKind, Uses)> {
        let heap = self.heap;
        let method = heap.class_attribute(object, name).flatten();
        let code = method.and_then(|found| heap.named_referent(found.value, EdgeKind::Slot, "__code__"));
        code.map(|code| heap.namespaces().readers(heap).uses_of_code(code)).unwrap_or_default()
    }

    /// Whether the user's code reads an attribute of this name.
    pub(super) fn reads_attribute(&self, name: &str) -> bool {
        self.heap.namespaces().readers(self.heap).reads_attribute(name)
    }

    /// Whether code counts on what the weak container shows.
    pub(super) fn counts_on_weak(&self, container: ObjectIx, kind: WeakContainer) -> bool {
        self.heap.namespaces().readers(self.heap).counts_on_weak(self.heap, container, kind)
    }

    /// Whether code counts on what a weak reference, or one in a container, leads to.
    pub(super) fn counts_on_referent(&self, of: ObjectIx) -> bool {
        self.heap.namespaces().readers(self.heap).counts_on_referent(self.heap, of)
    }

    /// The code that changes what the cached function gives.
    pub(super) fn changes_results(&self, function: ObjectIx, results: &[ObjectIx]) -> Reading {
        self.heap.namespaces().readers(self.heap).changes_results(self.heap, function, results)
    }

    pub(super) fn is_mentioned(&self, name: &str) -> bool {
        self.heap.namespaces().mentions(self.heap).is_in_users(name)
    }

    /// Whether a `class` statement in a module of the user's made the class.
    pub(super) fn class_is_users(&self, class: ObjectIx) -> bool {
        if let Some(known) = self.classes.borrow().get(&class) {
            return *known;
        }
        let module = || {
            let dict = self.heap.attribute_dict(class)?;
            self.heap.exact_text(self.heap.dict_value(dict, "__module__")?)
        };
        let is_users = self.heap.is_python_class(class)
            && module().is_some_and(|module| self.origin(module) == Origin::User);
        self.classes.borrow_mut().insert(class, is_users);
        is_users
    }

    pub(super) fn function_is_users(&self, function: ObjectIx) -> bool {
        let globals = self.heap.named_referent(function, EdgeKind::Slot, "__globals__");
        globals.and_then(|globals| self.namespace(globals)).is_some_and(|(_, origin)| origin == Origin::User)
    }

    /// Whether the user's own code gave the instance its attribute `name`: its class is the user's, and either no
    /// class of a library's is among its bases or the user's code mentions the name.
    pub(super) fn attribute_is_users(&self, instance: ObjectIx, name: &str) -> bool {
        let heap = self.heap;
        let Some(class) = heap.type_object(instance).filter(|class| self.class_is_users(*class)) else {
            return false;
        };
        let bases = heap.named_referent(class, EdgeKind::Slot, "__mro__");
        let mut bases = bases.into_iter().flat_map(|bases| heap.references(bases)).map(|item| item.to);
        bases.all(|base| self.class_is_users(base) || heap.is_exactly_object(base)) || self.is_mentioned(name)
    }

    /// Which container it is, if its elements can be taken out by the methods of a builtin.
    pub(super) fn container(&self, object: ObjectIx) -> Option<Container> {
        let heap = self.heap;
        let kind = match heap.type_name(object) {
            "list" => Container::List,
            "dict" => Container::Dict,
            "set" => Container::Set,
            _ if heap.empties_plainly(object, "list") => Container::List,
            _ if heap.empties_plainly(object, "collections.deque") => Container::Deque,
            _ if heap.empties_plainly(object, "set") => Container::Set,
            _ if heap.empties_plainly(object, "dict")
                || heap.empties_plainly(object, "collections.OrderedDict") =>
            {
                Container::Dict
            }
            _ => return None,
        };
        Some(kind)
    }

    /// Whether only objects of the user's hold the container, so that its elements are the user's to take out.
    pub(super) fn container_is_users(&self, container: ObjectIx) -> bool {
        self.is_users(container, MAX_DEPTH, &mut Vec::new())
    }

    fn is_users(&self, object: ObjectIx, depth: usize, above: &mut Vec<ObjectIx>) -> bool {
        if above.contains(&object) {
            return true;
        }
        if let Some(known) = self.containers.borrow().get(&object) {
            return *known;
        }
        if depth == 0 || self.heap.root_of(object).is_some() {
            return false;
        }
        let mut holders: Vec<u32> = self.heap.graph().incoming(node(object)).map(NodeIx::get).collect();
        holders.sort_unstable();
        holders.dedup();
        above.push(object);
        let is_users = !holders.is_empty()
            && holders.len() <= MAX_HOLDERS
            && holders
                .iter()
                .all(|holder| self.holder_is_users(ObjectIx::new(*holder), object, depth, above));
        above.pop();
        // What was found below one that is still being asked about may rest on the answer to that.
        if above.is_empty() || !is_users {
            self.containers.borrow_mut().insert(object, is_users);
        }
        is_users
    }

    fn holder_is_users(
        &self,
        holder: ObjectIx,
        object: ObjectIx,
        depth: usize,
        above: &mut Vec<ObjectIx>,
    ) -> bool {
        let heap = self.heap;
        if self.is_session(holder) {
            return true;
        }
        if let Some((_, origin)) = self.namespace(holder) {
            return origin == Origin::User;
        }
        let kind_of = |reference: &Reference| matches!(reference.kind, EdgeKind::Local | EdgeKind::Stack);
        let references: Vec<Reference> =
            heap.costed_references_to(holder, object).map(|(reference, _)| reference).collect();
        if references.iter().all(kind_of) || PASSING.contains(&heap.type_name(holder)) {
            return match heap.type_name(holder) {
                "cell" => self.is_users(holder, depth - 1, above),
                _ => true,
            };
        }
        if heap.is_exactly(holder, "function") {
            return self.function_is_users(holder);
        }
        if heap.is_type(holder) {
            return self.class_is_users(holder);
        }
        if let Some(owner) = heap.owner_of_dict(holder) {
            return references.iter().all(|reference| self.namespace_entry_is_users(owner, reference));
        }
        let is_plain = self.container(holder).is_some()
            || ["tuple", "frozenset", "types.SimpleNamespace"]
                .iter()
                .any(|name| heap.type_name(holder) == *name);
        if is_plain {
            return self.is_users(holder, depth - 1, above);
        }
        references.iter().all(|reference| match (reference.kind, reference.label) {
            (EdgeKind::Attribute | EdgeKind::Slot, Label::Name(name)) => {
                self.attribute_is_users(holder, heap.snapshot().string(name))
            }
            _ => false,
        })
    }

    /// Of an entry of the dict that holds the names of a class, an instance or a function.
    fn namespace_entry_is_users(&self, owner: ObjectIx, entry: &Reference) -> bool {
        let heap = self.heap;
        let Label::Key(key) = entry.label else { return false };
        let Some(name) = heap.exact_text(key) else { return false };
        let is_dunder = name.len() > 4 && name.starts_with("__") && name.ends_with("__");
        if is_dunder {
            false
        } else if heap.is_exactly(owner, "function") {
            self.function_is_users(owner)
        } else if heap.is_type(owner) {
            let is_plain = heap.type_object(owner).is_none();
            self.class_is_users(owner) && !name.starts_with("_abc_") && (is_plain || self.is_mentioned(name))
        } else if heap.type_name(owner) == "types.SimpleNamespace" {
            self.is_users(owner, MAX_DEPTH / 2, &mut Vec::new())
        } else {
            self.attribute_is_users(owner, name)
        }
    }
}

impl Heap {
    /// Whether it is the class `object` itself, or another static type.
    fn is_exactly_object(&self, class: ObjectIx) -> bool {
        self.is_type(class) && !self.is_heap_class(class)
    }

    /// The object whose attributes the dict holds, if it is such a dict.
    pub(crate) fn owner_of_dict(&self, dict: ObjectIx) -> Option<ObjectIx> {
        if self.type_name(dict) != "dict" {
            return None;
        }
        let holders = self.graph().incoming(node(dict)).take(MAX_HOLDERS);
        holders.map(object).find(|holder| {
            self.costed_references_to(*holder, dict)
                .any(|(reference, _)| reference.kind == EdgeKind::InstanceDict)
        })
    }
}
