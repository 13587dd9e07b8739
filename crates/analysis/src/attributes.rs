//! What attribute lookup would find, read from the snapshot alone.
//!
//! `obj.name` in a path must give the very object in the live process. Whether it does depends on the type: a
//! property shadows the instance's dict, `__getattribute__` may do anything. Types, their `__mro__` and their
//! dicts are in the snapshot, so the lookup can be followed: <https://docs.python.org/3/howto/descriptor.html>

use std::sync::{Arc, PoisonError};

use heapview_snapshot::{EdgeKind, ObjectIx, TypeFlags};
use rustc_hash::FxHashMap;

use crate::heap::Heap;
use crate::reference::Label;

/// Names that the classes along a type's `__mro__` define: each name's value and the class it comes from.
pub(crate) type TypeAttributes = Arc<FxHashMap<Box<str>, ClassAttribute>>;

/// An attribute as found in a class.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ClassAttribute {
    pub value: ObjectIx,
    pub class: ObjectIx,
}

impl Heap {
    /// The object's type, if it is in the snapshot.
    pub fn type_object(&self, object: ObjectIx) -> Option<ObjectIx> {
        let address = self.snapshot().type_of(object).address;
        if address.get() == 0 { None } else { self.snapshot().find(address) }
    }

    /// Whether the object is an instance of exactly the static type called `name`.
    pub fn is_exactly(&self, object: ObjectIx, name: &str) -> bool {
        let row = self.snapshot().type_of(object);
        row.name == name && !row.flags.contains(TypeFlags::HEAP_TYPE)
    }

    pub fn is_type(&self, object: ObjectIx) -> bool {
        self.snapshot().type_of(object).flags.contains(TypeFlags::TYPE_SUBCLASS)
    }

    /// What the classes of the object's type define under `name`.
    /// The outer `None`: the type is not in the snapshot, so nothing can be said.
    pub fn class_attribute(&self, object: ObjectIx, name: &str) -> Option<Option<ClassAttribute>> {
        Some(self.type_attributes(self.type_object(object)?)?.get(name).copied())
    }

    /// All attributes of the classes along `__mro__`, the most derived first. Computed once per type.
    pub(crate) fn type_attributes(&self, type_object: ObjectIx) -> Option<TypeAttributes> {
        let mut known = self.attributes().lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(attributes) = known.get(&type_object) {
            return Some(Arc::clone(attributes));
        }
        let mro = self.named_referent(type_object, EdgeKind::Slot, "__mro__")?;
        let mut attributes: FxHashMap<Box<str>, ClassAttribute> = FxHashMap::default();
        for class in self.references(mro).filter(|item| item.kind == EdgeKind::Item).map(|item| item.to) {
            let Some(dict) = self.attribute_dict(class) else { continue };
            for entry in self.references(dict) {
                if let Label::Key(key) = entry.label
                    && let Some(name) = self.exact_text(key)
                    && !attributes.contains_key(name)
                {
                    attributes.insert(name.into(), ClassAttribute { value: entry.to, class });
                }
            }
        }
        let attributes = Arc::new(attributes);
        known.insert(type_object, Arc::clone(&attributes));
        Some(attributes)
    }

    /// Whether `obj.name` gives what the instance itself keeps under `name`: nothing on the type comes first.
    pub fn instance_attribute_is_plain(&self, object: ObjectIx, name: &str) -> bool {
        self.lookup_is_standard(object)
            && match self.class_attribute(object, name) {
                None => false,
                Some(None) => true,
                Some(Some(found)) => self.defines(found.value, &["__set__", "__delete__"]) == Some(false),
            }
    }

    /// Whether `obj.name` reads a member or getter of the type, such as a slot.
    pub fn slot_is_plain(&self, object: ObjectIx, name: &str) -> bool {
        self.lookup_is_standard(object)
            && self.class_attribute(object, name).flatten().is_some_and(|found| {
                ["member_descriptor", "getset_descriptor"]
                    .iter()
                    .any(|descriptor| self.is_exactly(found.value, descriptor))
            })
    }

    /// Whether `cls.name` gives what the class itself keeps under `name`, unchanged by any `__get__`.
    pub fn class_attribute_is_plain(&self, class: ObjectIx, name: &str, value: ObjectIx) -> bool {
        // Functions have `__get__`, but give themselves when asked for by the class.
        let gives_itself = self.is_exactly(value, "function")
            || self.type_name(value) == "functools._lru_cache_wrapper"
            || self.defines(value, &["__get__"]) == Some(false);
        let on_metaclass = self.class_attribute(class, name);
        self.lookup_is_standard(class) && on_metaclass == Some(None) && gives_itself
    }

    /// Whether subscription is that of the builtin container `container`.
    pub fn subscript_is_plain(&self, object: ObjectIx, container: &str) -> bool {
        if self.is_exactly(object, container) {
            return true;
        }
        self.class_attribute(object, "__getitem__")
            .flatten()
            .is_some_and(|found| self.is_builtin_class(found.class, &[container]))
    }

    /// Whether `del obj[key]` is that of a builtin container and takes out just that entry.
    pub fn deletes_plainly(&self, object: ObjectIx) -> bool {
        const CONTAINERS: [&str; 4] = ["list", "dict", "collections.deque", "collections.OrderedDict"];
        self.class_attribute(object, "__delitem__")
            .flatten()
            .is_some_and(|found| self.is_builtin_class(found.class, &CONTAINERS))
    }

    /// Whether `obj.clear()` is that of the builtin container `container`.
    pub fn empties_plainly(&self, object: ObjectIx, container: &str) -> bool {
        self.class_attribute(object, "clear")
            .flatten()
            .is_some_and(|found| self.is_builtin_class(found.class, &[container]))
    }

    /// Whether `obj.name = value` is the standard assignment and not an override of `__setattr__`.
    pub fn assigns_plainly(&self, object: ObjectIx) -> bool {
        self.class_attribute(object, "__setattr__").flatten().is_some_and(|found| {
            self.is_exactly(found.value, "wrapper_descriptor") && !self.is_heap_class(found.class)
        })
    }

    /// Whether the object's type was made by a `class` statement.
    pub fn is_instance_of_python_class(&self, object: ObjectIx) -> bool {
        self.type_object(object).is_some_and(|class| self.is_python_class(class))
    }

    /// Whether it is a member of an `enum.Enum`, which code names wherever it needs it.
    pub fn is_enum_member(&self, object: ObjectIx) -> bool {
        self.class_attribute(object, "_member_map_").flatten().is_some()
    }

    /// Whether a type was made by a `class` statement, so that its attributes can be assigned: C types may be
    /// immutable, and have neither methods in Python nor instances with weak references by default.
    pub fn is_python_class(&self, class: ObjectIx) -> bool {
        let is_mark = |entry: crate::reference::Reference| match entry.label {
            Label::Key(key) => {
                self.is_exactly(entry.to, "function")
                    || matches!(self.exact_text(key), Some("__weakref__" | "__slots__"))
            }
            _ => false,
        };
        self.is_heap_class(class)
            && self.assigns_plainly(class)
            && self.attribute_dict(class).is_some_and(|dict| self.references(dict).any(is_mark))
    }

    /// Whether `obj.__dict__` gives the dict that holds the object's attributes.
    pub fn dict_attribute_is_plain(&self, object: ObjectIx) -> bool {
        !self.is_type(object) && self.slot_is_plain(object, "__dict__")
    }

    /// Whether attribute access is the standard one and not an override of `__getattribute__`.
    fn lookup_is_standard(&self, object: ObjectIx) -> bool {
        let Some(found) = self.class_attribute(object, "__getattribute__").flatten() else { return false };
        if !self.is_exactly(found.value, "wrapper_descriptor") {
            return false;
        }
        let row = self.snapshot().preview(found.class).map_or("", |preview| preview.text);
        let is_static = !self.is_heap_class(found.class);
        // `super` and thread locals look elsewhere; of other C types only a few are known to be standard.
        (is_static && row != "super" && !row.contains('.'))
            || matches!(
                row,
                "functools.partial" | "collections.deque" | "collections.OrderedDict" | "numpy.ndarray"
            )
    }

    /// Whether the value's type defines one of `names`; `None` if that cannot be said.
    fn defines(&self, value: ObjectIx, names: &[&str]) -> Option<bool> {
        let attributes = self.type_attributes(self.type_object(value)?)?;
        Some(names.iter().any(|name| attributes.contains_key(*name)))
    }

    fn is_builtin_class(&self, class: ObjectIx, names: &[&str]) -> bool {
        let name = self.snapshot().preview(class).map_or("", |preview| preview.text);
        // Since 3.12 some types of the standard library's C modules lie on the heap.
        let is_of_c = || name.contains('.') && !self.is_python_class(class);
        names.contains(&name) && (!self.is_heap_class(class) || is_of_c())
    }

    /// Heap types are held by name objects of their own; static types have none.
    pub(crate) fn is_heap_class(&self, class: ObjectIx) -> bool {
        self.named_referent(class, EdgeKind::Slot, "__qualname__").is_some()
    }
}
