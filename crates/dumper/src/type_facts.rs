//! What the walk needs to know of a type, found out once per type.

use std::rc::Rc;

use heapview_snapshot::{Address, EdgeKind, SnapshotWriter, StrIx, TypeFlags, TypeIx, TypeRow};
use rustc_hash::FxHashMap;

use crate::adapters::numpy_library::Numpy;
use crate::adapters::{self, Libraries, numpy};
use crate::cpython::{self, Access, DictPlace, Facts, Flags, Raw, Traverse};
use crate::type_rules::{self, PreviewRule, SizeRule};

/// How the references of an instance are read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Shape {
    /// Has no references: exact `str`, `int`, `float`, `bytes`, `None` and their like.
    Leaf,
    /// Exact builtin containers, read by their own walkers.
    List,
    Tuple,
    Dict,
    Set,
    /// A type object.
    Type,
    /// Anything else: elements of the builtin it derives from, named fields, then what `tp_traverse` adds.
    Object,
}

/// The builtin container that a type derives from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Items {
    None,
    List,
    Tuple,
    Dict,
}

/// References that a type adds in its own way.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Extra {
    None,
    Weakref,
    Generator,
    Frame,
    Code,
    Module,
    Deque,
    OrderedDict,
    LruCache,
    LruLink,
    /// A node of the map behind a context.
    Hamt,
    /// Of numpy.
    Array,
    Dtype,
    /// The dtype of texts of any length.
    Texts,
    Mmap,
    Ctypes,
    /// Of lxml.
    Document,
    Greenlet,
}

/// A field that holds a reference at a fixed offset.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Field {
    pub offset: isize,
    pub kind: EdgeKind,
    pub label: StrIx,
    /// To be believed only where the object's traversal reports what the field holds.
    pub is_reported: bool,
}

#[derive(Debug)]
pub(crate) struct TypeFacts {
    pub type_object: Raw,
    pub type_ix: TypeIx,
    pub is_heap_type: bool,
    pub shape: Shape,
    pub items: Items,
    pub extra: Extra,
    /// For types whose instances are read with what is known of it.
    pub numpy: Option<Rc<Numpy>>,
    pub fields: Vec<Field>,
    pub dict_place: DictPlace,
    pub has_inline_attributes: bool,
    pub traverse: Option<Traverse>,
    pub basic_size: u64,
    pub item_size: u64,
    /// Bytes before the object: the collector's header, and the two words of managed dict and weak references.
    pub pre_header: u64,
    pub size_rule: SizeRule,
    pub preview_rule: PreviewRule,
}

/// Exact types without references, by `tp_name`.
const LEAVES: &[&str] = &[
    "str",
    "int",
    "bool",
    "float",
    "bytes",
    "complex",
    "NoneType",
    "ellipsis",
    "NotImplementedType",
    "bytearray",
];

/// All types met so far.
#[derive(Debug)]
pub(crate) struct TypeTable {
    libraries: Libraries,
    by_address: FxHashMap<usize, Rc<TypeFacts>>,
    /// Direct-mapped cache in front of the table: most objects are of a handful of types.
    cache: Vec<Option<Rc<TypeFacts>>>,
}

const CACHE: usize = 256;

impl TypeTable {
    pub(crate) fn new(libraries: &Libraries) -> Self {
        Self { libraries: libraries.clone(), by_address: FxHashMap::default(), cache: vec![None; CACHE] }
    }

    /// What is known of the loaded libraries.
    pub(crate) fn libraries(&self) -> &Libraries {
        &self.libraries
    }

    /// The facts of `type_object`, and whether they were found out just now. O(1).
    #[inline]
    pub(crate) fn facts_of(
        &mut self,
        facts: &Facts,
        writer: &mut SnapshotWriter,
        type_object: Raw,
    ) -> (Rc<TypeFacts>, bool) {
        match &self.cache[slot(type_object)] {
            Some(cached) if cached.type_object == type_object => (Rc::clone(cached), false),
            _ => self.facts_in_table(facts, writer, type_object),
        }
    }

    #[cold]
    fn facts_in_table(
        &mut self,
        facts: &Facts,
        writer: &mut SnapshotWriter,
        type_object: Raw,
    ) -> (Rc<TypeFacts>, bool) {
        let known = self.by_address.get(&type_object.address()).cloned();
        let is_new = known.is_none();
        let known = known.unwrap_or_else(|| Rc::new(type_facts(facts, &self.libraries, writer, type_object)));
        if is_new && self.by_address.try_reserve(1).is_ok() {
            self.by_address.insert(type_object.address(), Rc::clone(&known));
        }
        self.cache[slot(type_object)] = Some(Rc::clone(&known));
        (known, is_new)
    }
}

fn slot(type_object: Raw) -> usize {
    let address = type_object.address();
    (address >> 4 ^ address >> 12) % CACHE
}

fn type_facts(
    facts: &Facts,
    libraries: &Libraries,
    writer: &mut SnapshotWriter,
    type_object: Raw,
) -> TypeFacts {
    let flags = cpython::flags(type_object);
    let is_heap_type = cpython::is_heap_type(type_object);
    let name = cpython::c_name(type_object);
    let (basic_size, item_size) = cpython::sizes(type_object);
    let shape = shape(flags, is_heap_type || cpython::is_impostor(type_object), name);
    let adapted = libraries.adapter(facts, type_object).unwrap_or_default();
    let extra = adapted.unwrap_or_else(|| extra(facts, type_object));
    let mut fields = Vec::new();
    if shape == Shape::Object {
        fields = object_fields(facts, writer, type_object);
        if extra == Extra::Array {
            fields.extend(numpy::FIELDS.map(|(name, offset)| Field {
                offset,
                kind: EdgeKind::Slot,
                label: writer.intern(name),
                is_reported: false,
            }));
        }
        if let (Extra::Dtype | Extra::Texts, Some(numpy)) = (extra, &libraries.numpy) {
            fields.extend(numpy.dtype_fields(type_object).into_iter().map(|(name, is_slot, offset)| Field {
                offset,
                kind: if is_slot { EdgeKind::Slot } else { EdgeKind::Internal },
                label: writer.intern(name),
                is_reported: false,
            }));
        }
    } else if shape == Shape::Type {
        // Slots of a metaclass; the fields of `type` itself differ between heap and static types.
        fields = object_fields(facts, writer, type_object);
        fields.retain(|field| field.offset >= basic_size_of_type(type_object));
    }
    let preview_rule = type_rules::preview_rule(facts, type_object, flags, extra);
    let is_read_with_numpy =
        matches!(extra, Extra::Array | Extra::Texts) || preview_rule == PreviewRule::Frame;
    let has_managed_words = flags.has(Flags::MANAGED_DICT | Flags::MANAGED_WEAKREF);
    let header = if flags.has(Flags::HAVE_GC) { cpython::GC_HEADER } else { 0 };
    TypeFacts {
        type_object,
        type_ix: writer.add_type(&type_row(facts, type_object)),
        is_heap_type,
        shape,
        items: items(flags),
        extra,
        numpy: libraries.numpy.clone().filter(|_| is_read_with_numpy),
        fields,
        dict_place: cpython::dict_place(facts, type_object),
        has_inline_attributes: facts.instances && flags.has(Flags::MANAGED_DICT),
        traverse: cpython::traverse_function(type_object)
            .filter(|_| !(shape == Shape::Object && cpython::is_plain_class(facts, type_object))),
        basic_size,
        // Where the digits of an `int` are counted is not known then.
        item_size: if flags.has(Flags::LONG_SUBCLASS) && !facts.ints { 0 } else { item_size },
        pre_header: header + if has_managed_words { 16 } else { 0 },
        size_rule: if extra == Extra::Array {
            SizeRule::Array
        } else {
            type_rules::size_rule(facts, type_object, flags)
        },
        preview_rule,
    }
}

/// `module.qualname`, the name shown to people.
pub(crate) fn type_name(facts: &Facts, type_object: Raw) -> String {
    type_row(facts, type_object).name
}

/// The row of the snapshot's type table.
fn type_row(facts: &Facts, type_object: Raw) -> TypeRow {
    let flags = cpython::flags(type_object);
    let c_name = cpython::c_name(type_object);
    let qualname = cpython::qualname(facts, type_object)
        .unwrap_or_else(|| c_name.rsplit_once('.').map_or(c_name, |(_, name)| name).to_owned());
    let module = cpython::type_module(facts, type_object);
    let (basic_size, item_size) = cpython::sizes(type_object);
    let row_flags = [
        (Flags::HEAP_TYPE, TypeFlags::HEAP_TYPE),
        (Flags::HAVE_GC, TypeFlags::GC),
        (Flags::LIST_SUBCLASS, TypeFlags::LIST_SUBCLASS),
        (Flags::TUPLE_SUBCLASS, TypeFlags::TUPLE_SUBCLASS),
        (Flags::DICT_SUBCLASS, TypeFlags::DICT_SUBCLASS),
        (Flags::TYPE_SUBCLASS, TypeFlags::TYPE_SUBCLASS),
    ]
    .into_iter()
    .filter(|(flag, _)| flags.has(*flag))
    .fold(TypeFlags::default(), |all, (_, flag)| all.with(flag));
    TypeRow {
        basic_size,
        item_size,
        flags: row_flags,
        ..TypeRow::named(&module, &qualname, Address::new(type_object.address() as u64))
    }
}

fn shape(flags: Flags, is_doubtful: bool, name: &str) -> Shape {
    if flags.has(Flags::TYPE_SUBCLASS) {
        return Shape::Type;
    }
    if is_doubtful {
        return Shape::Object;
    }
    match name {
        "list" => Shape::List,
        "tuple" => Shape::Tuple,
        "dict" | "frozendict" => Shape::Dict,
        "set" | "frozenset" => Shape::Set,
        _ if LEAVES.contains(&name) => Shape::Leaf,
        _ => Shape::Object,
    }
}

fn items(flags: Flags) -> Items {
    if flags.has(Flags::LIST_SUBCLASS) {
        Items::List
    } else if flags.has(Flags::TUPLE_SUBCLASS) {
        Items::Tuple
    } else if flags.has(Flags::DICT_SUBCLASS) {
        Items::Dict
    } else {
        Items::None
    }
}

fn extra(facts: &Facts, type_object: Raw) -> Extra {
    cpython::base_chain(type_object)
        .find_map(|base| {
            let address = Some(base.address());
            if address == facts.deque_type {
                return Some(Extra::Deque);
            } else if address == facts.lru_cache_type {
                return Some(Extra::LruCache);
            } else if address == facts.lru_link_type {
                return Some(Extra::LruLink);
            } else if cpython::is_heap_type(base) || cpython::is_foreign(facts, base) {
                return None;
            }
            match cpython::c_name(base) {
                "weakref"
                | "weakref.ReferenceType"
                | "weakproxy"
                | "weakref.ProxyType"
                | "weakcallableproxy"
                | "weakref.CallableProxyType" => Some(Extra::Weakref),
                "generator" | "coroutine" | "async_generator" => Some(Extra::Generator),
                "frame" => Some(Extra::Frame),
                "code" => Some(Extra::Code),
                "module" => Some(Extra::Module),
                "collections.OrderedDict" => Some(Extra::OrderedDict),
                _ if cpython::is_hamt_node(base) => Some(Extra::Hamt),
                _ => None,
            }
        })
        .unwrap_or(Extra::None)
}

/// Members that the type and its bases declare, and fields of the builtin types among them.
fn object_fields(facts: &Facts, writer: &mut SnapshotWriter, type_object: Raw) -> Vec<Field> {
    let mut fields: Vec<Field> = Vec::new();
    let mut push = |offset, kind, is_reported, name: &str, writer: &mut SnapshotWriter| {
        if fields.iter().all(|known| known.offset != offset) {
            fields.push(Field { offset, kind, label: writer.intern(name), is_reported });
        }
    };
    for base in cpython::base_chain(type_object) {
        // What an extension says of its structs is tested where it can be.
        let is_foreign = cpython::flags(type_object).has(Flags::HAVE_GC) && cpython::is_foreign(facts, base);
        for member in cpython::members(base) {
            match member.name {
                // `dict_place` covers the one at `tp_dictoffset`. One that a base declares elsewhere may be void: a
                // trait of mypyc's does, and the classes that derive from it keep other things there.
                "__dict__" => push(member.offset, EdgeKind::InstanceDict, true, member.name, writer),
                // The head of a list that holds nothing.
                "__weakref__" => {}
                name => push(member.offset, EdgeKind::Slot, is_foreign, name, writer),
            }
        }
        // Anybody can give a type the name of one of CPython's.
        let is_doubtful = cpython::is_heap_type(base) || cpython::is_foreign(facts, base);
        for (name, offset, access) in named_fields(facts, base) {
            let (kind, is_reported) = match access {
                Access::Slot => (EdgeKind::Slot, is_doubtful),
                Access::ReportedSlot => (EdgeKind::Slot, true),
                Access::Internal => (EdgeKind::Internal, true),
                Access::Hidden => (EdgeKind::Internal, is_doubtful),
                Access::Dict => (EdgeKind::InstanceDict, is_doubtful),
            };
            let (basic_size, _) = cpython::sizes(base);
            if offset + 8 <= basic_size as isize {
                push(offset, kind, is_reported, name, writer);
            }
        }
    }
    for base in cpython::base_chain(type_object).filter(|base| !cpython::is_plain_class(facts, *base)) {
        for (name, offset) in cpython::getter_fields(facts, base) {
            push(offset, EdgeKind::Internal, true, &name, writer);
        }
    }
    let dict_offset = match cpython::dict_place(facts, type_object) {
        DictPlace::At(offset) => offset as isize,
        DictPlace::None | DictPlace::Managed => 0,
    };
    fields.retain(|field| field.offset != dict_offset);
    fields
}

/// Fields that are known for exactly this type, not for one that only has its name.
fn named_fields(facts: &Facts, base: Raw) -> Vec<(&'static str, isize, Access)> {
    if let Some(fields) = adapters::cython::fields(facts, base) {
        return fields;
    }
    let name = cpython::c_name(base);
    // Anybody can give a class the name of a builtin type, or one with a dot; types of C modules have their module
    // apart from their name.
    let is_class = if name.contains('.') {
        cpython::qualname(facts, base).is_some_and(|name| name.contains('.'))
    } else {
        cpython::is_heap_type(base) || cpython::is_impostor(base)
    };
    if is_class {
        return Vec::new();
    }
    let known = facts.fields.iter().chain(adapters::pandas::FIELDS).chain(adapters::lxml::FIELDS);
    let known = known.filter(|(type_name, _)| *type_name == name).flat_map(|(_, fields)| *fields);
    known.map(|(name, offset, access)| (*name, cpython::SHIFT + offset, *access)).collect()
}

/// Bytes of the `type` part of a metaclass's instances.
fn basic_size_of_type(metaclass: Raw) -> isize {
    cpython::base_chain(metaclass)
        .find(|base| cpython::c_name(*base) == "type")
        .map_or(0, |base| cpython::sizes(base).0 as isize)
}
