//! Objects whose end has effects elsewhere: what `weakref.finalize` waits for, or a weak reference with a callback of
//! the user's; temporary files, sockets, locked files; a `__del__` that does anything; a generator with a `finally`.

use heapview_snapshot::{EdgeKind, NameKind, ObjectIx, TypeIx, Uses};
use rustc_hash::{FxHashMap, FxHashSet};
use std::cell::RefCell;

use super::ownership::Ownership;
use super::weak::WeakReference;
use crate::heap::Heap;

/// Instances of one type that are looked at.
const MAX_OF_TYPE: u32 = 8;
/// The same of types whose instances have nothing in common.
const MAX_OF_ANY: u32 = 4096;
const ANY: [&str; 9] = ["type", "list", "tuple", "dict", "set", "frozenset", "module", "cell", "function"];
/// Objects that are looked at for one that goes.
const MAX_LOOKED_AT: usize = 64;
/// Files that go from the disk with their objects, and connections whose data may go with them.
const CLOSING: [&str; 3] =
    ["tempfile._TemporaryFileCloser", "tempfile.TemporaryDirectory", "sqlite3.Connection"];
/// Names by which code uses the descriptor of a file, or locks it.
const DESCRIPTORS: [&str; 4] = ["fileno", "flock", "lockf", "locking"];
/// What closes a file of the operating system when it goes.
const FILE: &str = "_io.FileIO";
/// Names by which code finds classes that nobody else need keep.
const SUBCLASSES: &str = "__subclasses__";

pub(super) struct Endings<'a> {
    heap: &'a Heap,
    /// What `weakref.finalize` waits for, or a callback, and what is known by its `id()`, which others may have later.
    finalized: FxHashSet<ObjectIx>,
    /// How many of a type were looked at, and whether one of them has effects.
    known: RefCell<FxHashMap<TypeIx, (u32, bool)>>,
}

impl<'a> Endings<'a> {
    /// O(weak references).
    pub(super) fn new(heap: &'a Heap, ownership: &Ownership<'_>, weak: &[WeakReference]) -> Self {
        let is_finalizing = |one: &&WeakReference| {
            heap.references(one.reference).any(|held| {
                heap.type_name(held.to) == "weakref.finalize"
                    || (held.kind.is_strong()
                        && heap.is_exactly(held.to, "function")
                        && ownership.function_is_users(held.to))
            })
        };
        // Without the reference nobody is called.
        let finalizing = weak.iter().filter(is_finalizing);
        let mut finalized: FxHashSet<ObjectIx> =
            finalizing.flat_map(|one| [one.reference, one.referent]).collect();
        if ownership.is_mentioned("id") {
            finalized.extend(heap.namespaces().readers(heap).numbered(heap));
        }
        Self { heap, finalized, known: RefCell::default() }
    }

    /// Whether something elsewhere changes when the object goes. O(64).
    pub(super) fn has_effects(&self, ownership: &Ownership<'_>, object: ObjectIx) -> bool {
        let type_ix = self.heap.snapshot().type_ix(object);
        let (n_seen, found) = self.known.borrow().get(&type_ix).copied().unwrap_or_default();
        let is_any = ANY.contains(&self.heap.type_name(object));
        if found || n_seen >= if is_any { MAX_OF_ANY } else { MAX_OF_TYPE } {
            return found;
        }
        let looks_so = self.looks_so(ownership, object);
        self.known.borrow_mut().insert(type_ix, (n_seen + 1, looks_so && !is_any));
        looks_so
    }

    fn looks_so(&self, ownership: &Ownership<'_>, object: ObjectIx) -> bool {
        let heap = self.heap;
        let mut seen = vec![object];
        let mut at = 0;
        while at < seen.len() {
            let here = seen[at];
            at += 1;
            if self.finalized.contains(&here) || ownership.ends_with_effects(here) {
                return true;
            }
            for held in heap.strong_references(here).filter(|held| held.kind != EdgeKind::Type) {
                let goes_along = heap.dominator(held.to).is_some_and(|above| seen.contains(&above));
                if seen.len() < MAX_LOOKED_AT && goes_along && !seen.contains(&held.to) {
                    seen.push(held.to);
                }
            }
        }
        false
    }
}

impl Ownership<'_> {
    fn ends_with_effects(&self, object: ObjectIx) -> bool {
        let heap = self.heap();
        let name = heap.type_name(object);
        let is_descriptor = || {
            let owns = heap.class_attribute(object, "fileno").flatten().is_some();
            owns && !heap.is_type(object) && !name.starts_with("_io.") && !name.starts_with("tempfile.")
        };
        CLOSING.contains(&name)
            || (name == FILE && (self.has_number_for_name(object) || self.mentions_descriptors()))
            || is_descriptor()
            || self.ends_in_the_middle(object)
            || self.has_busy_end(object)
            || (heap.is_type(object) && heap.is_heap_class(object) && self.is_mentioned(SUBCLASSES))
    }

    fn mentions_descriptors(&self) -> bool {
        DESCRIPTORS.iter().any(|name| self.is_mentioned(name))
    }

    /// Whether the file was made of a descriptor, such as the end of a pipe.
    fn has_number_for_name(&self, file: ObjectIx) -> bool {
        let heap = self.heap();
        let dict = heap.attribute_dict(file);
        let name = dict.and_then(|dict| heap.dict_value(dict, "name"));
        name.or_else(|| heap.named_referent(file, EdgeKind::Attribute, "name"))
            .is_some_and(|name| heap.is_exactly(name, "int"))
    }

    /// Whether it is a generator that has still something to do when it ends.
    fn ends_in_the_middle(&self, object: ObjectIx) -> bool {
        let heap = self.heap();
        let name = heap.type_name(object);
        ["generator", "coroutine", "async_generator"].contains(&name)
            && heap
                .references(object)
                .filter(|one| heap.is_exactly(one.to, "code"))
                .any(|one| self.code_handles(one.to))
    }

    /// Whether its class has a `__del__` of a library's, or one of the user's that changes something or calls methods.
    fn has_busy_end(&self, object: ObjectIx) -> bool {
        let heap = self.heap();
        let method = heap.class_attribute(object, "__del__").flatten();
        let Some(method) = method.filter(|found| heap.is_exactly(found.value, "function")) else {
            return false;
        };
        !self.function_is_users(method.value)
            || self.uses_of_method(object, "__del__").iter().any(|(kind, uses)| {
                *kind == NameKind::Attribute || (*kind == NameKind::Global && uses.has(Uses::CHANGED))
            })
    }
}
